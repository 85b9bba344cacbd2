using System.Text.Json;
using LlmGateway.Simulator.Engine;

namespace LlmGateway.Simulator.OpenAI;

/// <summary>Pieces that OpenAI's answers share.</summary>
internal static class OpenAIJson
{
    public static readonly byte[] Done = "[DONE]"u8.ToArray();

    public const string Fingerprint = "fp_simulator";

    public static void WriteUsage(Utf8JsonWriter json, int promptTokens, int completionTokens)
    {
        json.WriteStartObject("usage"u8);
        json.WriteNumber("prompt_tokens"u8, promptTokens);
        json.WriteNumber("completion_tokens"u8, completionTokens);
        json.WriteNumber("total_tokens"u8, promptTokens + completionTokens);
        json.WriteStartObject("prompt_tokens_details"u8);
        json.WriteNumber("cached_tokens"u8, 0);
        json.WriteNumber("audio_tokens"u8, 0);
        json.WriteEndObject();
        json.WriteStartObject("completion_tokens_details"u8);
        json.WriteNumber("reasoning_tokens"u8, 0);
        json.WriteNumber("audio_tokens"u8, 0);
        json.WriteNumber("accepted_prediction_tokens"u8, 0);
        json.WriteNumber("rejected_prediction_tokens"u8, 0);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    public static void WriteHead(Utf8JsonWriter json, string id, ReadOnlySpan<byte> kind, long created, string model)
    {
        json.WriteString("id"u8, id);
        json.WriteString("object"u8, kind);
        json.WriteNumber("created"u8, created);
        json.WriteString("model"u8, model);
        json.WriteString("system_fingerprint"u8, Fingerprint);
    }

    /// <param name="named">A named tool_choice: OpenAI finishes those with stop.</param>
    public static ReadOnlySpan<byte> NameOf(FinishReason reason, bool named) => reason switch
    {
        FinishReason.Length => "length"u8,
        FinishReason.ContentFilter => "content_filter"u8,
        FinishReason.ToolCalls when !named => "tool_calls"u8,
        _ => "stop"u8,
    };
}
