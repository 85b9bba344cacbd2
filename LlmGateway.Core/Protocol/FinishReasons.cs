using System.Text.Json;

namespace LlmGateway.Core.Protocol;

/// <summary>The finish reasons of the OpenAI protocol, as shared strings, and what other words in their place mean.</summary>
public static class FinishReasons
{
    public const string Stop = "stop";
    public const string Length = "length";
    public const string ToolCalls = "tool_calls";
    public const string ContentFilter = "content_filter";

    /// <summary>Words for nothing that reach the wire as strings.</summary>
    private static readonly string[] Nothing = ["null", "none", "nil", "undefined"];

    /// <summary>Words by which servers say that an answer was not finished: it is no whole one, however it ends.</summary>
    private static readonly string[] Broken =
    [
        // OpenRouter, Mistral, and vLLM since 0.12.
        "error",
        // vLLM and SGLang: the request was aborted in the engine.
        "abort", "aborted",
        // DeepSeek's API reference, finish_reason.
        "insufficient_system_resource",
        // Zhipu's API reference, finish_reason.
        "network_error",
        // Servers that stop with the connection or the request.
        "cancelled", "canceled", "timeout", "incomplete", "interrupted",
    ];

    /// <summary>
    /// The reason that <paramref name="reader"/> stands on, without allocating for the usual ones. Null when it tells none: another type, a
    /// text without a word, or a word that says that there is no end.
    /// </summary>
    public static string? Read(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            reader.Skip();
            return null;
        }

        return reader.ValueTextEquals("stop"u8) ? Stop
            : reader.ValueTextEquals("length"u8) ? Length
            : reader.ValueTextEquals("tool_calls"u8) ? ToolCalls
            : reader.ValueTextEquals("content_filter"u8) ? ContentFilter
            : reader.GetString() is { } text && Tells(text) ? text
            : null;
    }

    /// <summary>The text is a reason for which a whole answer can have ended.</summary>
    public static bool Tells(string text) => !IsNothing(text) && !IsAny(Broken, text.AsSpan().Trim());

    /// <summary>The text says nothing, in one of the ways in which servers do so.</summary>
    public static bool IsNothing(string text) => !text.Any(char.IsLetterOrDigit) || IsAny(Nothing, text.AsSpan().Trim());

    private static bool IsAny(string[] words, ReadOnlySpan<char> word)
    {
        foreach (var known in words)
        {
            if (word.Equals(known, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
