using System.Text.Json;

namespace LlmGateway.Core.Protocol;

/// <summary>The finish reasons of the OpenAI protocol, as shared strings.</summary>
public static class FinishReasons
{
    public const string Stop = "stop";
    public const string Length = "length";
    public const string ToolCalls = "tool_calls";
    public const string ContentFilter = "content_filter";

    /// <summary>The string value that <paramref name="reader"/> stands on, without allocating for the usual ones.</summary>
    public static string Intern(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("stop"u8) ? Stop
        : reader.ValueTextEquals("length"u8) ? Length
        : reader.ValueTextEquals("tool_calls"u8) ? ToolCalls
        : reader.ValueTextEquals("content_filter"u8) ? ContentFilter
        : reader.GetString() ?? "";
}
