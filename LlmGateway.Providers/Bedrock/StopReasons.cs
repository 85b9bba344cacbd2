using System.Text.Json;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Providers.Bedrock;

/// <summary>Converse's <c>stopReason</c> in OpenAI's words.</summary>
internal static class StopReasons
{
    /// <summary>A reason that is not known, or says that the output is broken: what has ended so cannot be called an answer.</summary>
    public const string Unknown = "";

    /// <summary>Reads the value that the reader stands on.</summary>
    public static string Read(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            reader.Skip();
            return Unknown;
        }

        return reader.ValueTextEquals("end_turn"u8) || reader.ValueTextEquals("stop_sequence"u8) ? FinishReasons.Stop
            : reader.ValueTextEquals("tool_use"u8) ? FinishReasons.ToolCalls
            : reader.ValueTextEquals("max_tokens"u8) || reader.ValueTextEquals("model_context_window_exceeded"u8) ? FinishReasons.Length
            : reader.ValueTextEquals("guardrail_intervened"u8) || reader.ValueTextEquals("content_filtered"u8) ? FinishReasons.ContentFilter
            : Unknown;
    }
}
