using System.Text.Json;
using LlmGateway.Simulator.Engine;

namespace LlmGateway.Simulator.Bedrock;

/// <summary>Answers of Converse, and what its stream says about the whole of an answer.</summary>
internal static class ConverseJson
{
    /// <param name="json">Where to.</param>
    /// <param name="state">The answer, and how long the model took.</param>
    public static void WriteMessage(Utf8JsonWriter json, (BlockAnswer Answer, TimeSpan Latency) state)
    {
        var answer = state.Answer;
        json.WriteStartObject();
        WriteMetrics(json, state.Latency);
        json.WriteStartObject("output"u8);
        json.WriteStartObject("message"u8);
        json.WriteStartArray("content"u8);
        if (answer.Thoughts.Count > 0) WriteThoughts(json, string.Concat(answer.Thoughts));
        if (answer.Choice.Tokens.Count > 0)
        {
            json.WriteStartObject();
            json.WriteString("text"u8, answer.Choice.Text);
            json.WriteEndObject();
        }

        foreach (var call in answer.Choice.ToolCalls) WriteCall(json, call);
        json.WriteEndArray();
        json.WriteString("role"u8, "assistant"u8);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteString("stopReason"u8, answer.StopReason);
        WriteUsage(json, answer);
        json.WriteEndObject();
    }

    /// <summary>The last event of a stream.</summary>
    public static void WriteMetadata(Utf8JsonWriter json, (BlockAnswer Answer, TimeSpan Latency) state)
    {
        json.WriteStartObject();
        WriteMetrics(json, state.Latency);
        WritePadding(json, 0);
        WriteUsage(json, state.Answer);
        json.WriteEndObject();
    }

    /// <summary>Letters of no meaning, which the service adds so that the size of an event says less about its content.</summary>
    public static void WritePadding(Utf8JsonWriter json, int index) => json.WriteString("p"u8, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJ"u8[..(4 + (index * 7 % 32))]);

    /// <summary>The id as this wire writes it.</summary>
    public static string IdOf(ToolCall call) => call.Id.StartsWith("call_", StringComparison.Ordinal) ? "tooluse_" + call.Id[5..] : call.Id;

    private static void WriteThoughts(Utf8JsonWriter json, string text)
    {
        json.WriteStartObject();
        json.WriteStartObject("reasoningContent"u8);
        json.WriteStartObject("reasoningText"u8);
        json.WriteString("signature"u8, Signature.Of(text));
        json.WriteString("text"u8, text);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>Input that the token limit has cut is no JSON; such a call has none.</summary>
    private static void WriteCall(Utf8JsonWriter json, ToolCall call)
    {
        json.WriteStartObject();
        json.WriteStartObject("toolUse"u8);
        json.WritePropertyName("input"u8);
        json.WriteRawValue(call.IsWhole() ? call.Arguments : "{}", skipInputValidation: true);
        json.WriteString("name"u8, call.Name);
        json.WriteString("toolUseId"u8, IdOf(call));
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteMetrics(Utf8JsonWriter json, TimeSpan latency)
    {
        json.WriteStartObject("metrics"u8);
        json.WriteNumber("latencyMs"u8, (long)latency.TotalMilliseconds);
        json.WriteEndObject();
    }

    private static void WriteUsage(Utf8JsonWriter json, BlockAnswer answer)
    {
        json.WriteStartObject("usage"u8);
        json.WriteNumber("cacheReadInputTokens"u8, 0);
        json.WriteNumber("cacheWriteInputTokens"u8, 0);
        json.WriteNumber("inputTokens"u8, answer.InputTokens);
        json.WriteNumber("outputTokens"u8, answer.OutputTokens);
        json.WriteNumber("totalTokens"u8, answer.InputTokens + answer.OutputTokens);
        json.WriteEndObject();
    }
}
