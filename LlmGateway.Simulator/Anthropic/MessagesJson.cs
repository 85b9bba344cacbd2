using System.Text.Json;
using LlmGateway.Simulator.Engine;

namespace LlmGateway.Simulator.Anthropic;

/// <summary>Messages and the events around them.</summary>
internal static class MessagesJson
{
    public static void WriteMessage(Utf8JsonWriter json, BlockAnswer answer)
    {
        json.WriteStartObject();
        WriteHead(json, answer);
        json.WriteStartArray("content"u8);
        if (answer.Thoughts.Count > 0)
        {
            var text = string.Concat(answer.Thoughts);
            json.WriteStartObject();
            json.WriteString("type"u8, "thinking"u8);
            json.WriteString("thinking"u8, text);
            json.WriteString("signature"u8, Signature.Of(text));
            json.WriteEndObject();
        }

        if (answer.Choice.Tokens.Count > 0)
        {
            json.WriteStartObject();
            json.WriteString("type"u8, "text"u8);
            json.WriteString("text"u8, answer.Choice.Text);
            json.WriteNull("citations"u8);
            json.WriteEndObject();
        }

        foreach (var call in answer.Choice.ToolCalls) WriteCall(json, call);
        json.WriteEndArray();
        WriteStopReason(json, answer);
        WriteUsage(json, answer, answer.OutputTokens);
        json.WriteEndObject();
    }

    /// <summary>The id as this wire writes it.</summary>
    public static string IdOf(ToolCall call) => call.Id.StartsWith("call_", StringComparison.Ordinal) ? "toolu_" + call.Id[5..] : call.Id;

    public static void WriteStart(Utf8JsonWriter json, BlockAnswer answer)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, "message_start"u8);
        json.WriteStartObject("message"u8);
        WriteHead(json, answer);
        json.WriteStartArray("content"u8);
        json.WriteEndArray();
        json.WriteNull("stop_reason"u8);
        json.WriteNull("stop_sequence"u8);
        json.WriteNull("stop_details"u8);
        WriteUsage(json, answer, 1);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    public static void WriteDelta(Utf8JsonWriter json, BlockAnswer answer)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, "message_delta"u8);
        json.WriteStartObject("delta"u8);
        WriteStopReason(json, answer);
        json.WriteEndObject();
        json.WriteStartObject("usage"u8);
        WriteCounts(json, answer, answer.OutputTokens);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    public static void WriteStop(Utf8JsonWriter json, BlockAnswer answer)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, "message_stop"u8);
        json.WriteEndObject();
    }

    private static void WriteHead(Utf8JsonWriter json, BlockAnswer answer)
    {
        json.WriteString("id"u8, "msg_" + answer.Id);
        json.WriteString("type"u8, "message"u8);
        json.WriteString("role"u8, "assistant"u8);
        json.WriteString("model"u8, answer.Model);
    }

    private static void WriteStopReason(Utf8JsonWriter json, BlockAnswer answer)
    {
        json.WriteString("stop_reason"u8, answer.StopReason);
        json.WriteString("stop_sequence"u8, answer.StopSequence);
        json.WriteNull("stop_details"u8);
    }

    /// <summary>Input that the token limit has cut is no JSON; such a call has none.</summary>
    private static void WriteCall(Utf8JsonWriter json, ToolCall call)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, "tool_use"u8);
        json.WriteString("id"u8, IdOf(call));
        json.WriteString("name"u8, call.Name);
        json.WritePropertyName("input"u8);
        json.WriteRawValue(call.IsWhole() ? call.Arguments : "{}", skipInputValidation: true);
        json.WriteEndObject();
    }

    private static void WriteUsage(Utf8JsonWriter json, BlockAnswer answer, int outputTokens)
    {
        json.WriteStartObject("usage"u8);
        WriteCounts(json, answer, outputTokens);
        json.WriteString("service_tier"u8, "standard"u8);
        json.WriteEndObject();
    }

    private static void WriteCounts(Utf8JsonWriter json, BlockAnswer answer, int outputTokens)
    {
        json.WriteNumber("input_tokens"u8, answer.InputTokens);
        json.WriteNumber("cache_creation_input_tokens"u8, 0);
        json.WriteNumber("cache_read_input_tokens"u8, 0);
        json.WriteNumber("output_tokens"u8, outputTokens);
    }
}
