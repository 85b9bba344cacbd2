using System.Text.Json;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Providers.Anthropic;

/// <summary>Anthropic's <c>stop_reason</c> in OpenAI's words.</summary>
internal static class StopReasons
{
    /// <summary>A reason that is not known: what has ended so cannot be called an answer.</summary>
    public const string Unknown = "";

    /// <summary>Reads the value that the reader stands on; null when none is told.</summary>
    public static string? Read(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            var isNull = reader.TokenType == JsonTokenType.Null;
            reader.Skip();
            return isNull ? null : Unknown;
        }

        return reader.ValueTextEquals("end_turn"u8) || reader.ValueTextEquals("stop_sequence"u8) ? FinishReasons.Stop
            : reader.ValueTextEquals("tool_use"u8) ? FinishReasons.ToolCalls
            : reader.ValueTextEquals("max_tokens"u8) || reader.ValueTextEquals("model_context_window_exceeded"u8) || reader.ValueTextEquals("pause_turn"u8) ? FinishReasons.Length
            : reader.ValueTextEquals("refusal"u8) ? FinishReasons.ContentFilter
            : Unknown;
    }
}
