using System.Globalization;
using System.Text.Json;
using LlmGateway.Core.Resilience;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Http;

/// <summary>
/// What an error document says, whatever its shape: OpenAI's object, a list of such (Gemini), a text, a list of details (FastAPI, and with it
/// vLLM and Mistral), or one of these inside another.
/// </summary>
internal readonly record struct ToldError(string? Message, string? Type, string? Param, string? Code)
{
    private const int MaxMessageLength = 1000;

    /// <summary>So deep is what is told, however it is wrapped.</summary>
    private const int Deepest = 6;

    /// <summary>Members that hold the message, or what holds it, the more telling first.</summary>
    private static readonly string[] Holders = ["error", "message", "detail", "msg", "errors", "error_message", "error_description", "reason", "title"];

    /// <summary>Gemini's reason (<c>google.rpc.ErrorInfo</c>) or status.</summary>
    public string? Reason { get; init; }

    /// <summary>When to come again, as Gemini says it (<c>google.rpc.RetryInfo</c>).</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The document is an error as OpenAI's clients expect it, with all four members.</summary>
    public bool IsWellFormed { get; init; }

    /// <summary>Code, type or reason is this word.</summary>
    public bool IsCalled(string word) =>
        word.Equals(Code, StringComparison.OrdinalIgnoreCase) || word.Equals(Type, StringComparison.OrdinalIgnoreCase) || word.Equals(Reason, StringComparison.OrdinalIgnoreCase);

    public static ToldError Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body, JsonText.DocumentOptions);
            return Read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return default;
        }
    }

    private static ToldError Read(JsonElement root)
    {
        var isOpenAI = false;
        if (root.ValueKind == JsonValueKind.Array && root.GetArrayLength() > 0)
        {
            root = root[0];
        }

        if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("error"u8, out var error) && error.ValueKind != JsonValueKind.Null)
        {
            isOpenAI = error.ValueKind == JsonValueKind.Object && HasAllMembers(error);
            // Beside a text that says what happened, others say what it is called.
            root = error.ValueKind == JsonValueKind.Object ? error : root;
        }

        var message = FindText(root, 0);
        if (root.ValueKind != JsonValueKind.Object)
        {
            return new ToldError(Bound(message), null, null, null);
        }

        return new ToldError(Bound(message), Text(root, "type"u8), Text(root, "param"u8) ?? FindPlace(root, 0), Text(root, "code"u8))
        {
            IsWellFormed = isOpenAI,
            Reason = FindDetail(root, "reason"u8) ?? Text(root, "status"u8),
            RetryAfter = Seconds(FindDetail(root, "retryDelay"u8)),
        };
    }

    /// <summary>The first text in one of the members that hold it.</summary>
    private static string? FindText(JsonElement element, int depth)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                return Usable(element);
            case JsonValueKind.Array when depth < Deepest:
                return element.EnumerateArray().Select(e => FindText(e, depth + 1)).FirstOrDefault(t => t is not null);
            case JsonValueKind.Object when depth < Deepest:
                foreach (var name in Holders)
                {
                    if (element.TryGetProperty(name, out var held) && FindText(held, depth + 1) is { } text)
                    {
                        return text;
                    }
                }

                return null;
            default:
                return null;
        }
    }

    /// <summary>The field that FastAPI's <c>loc</c> names: <c>["body","messages",0,"role"]</c>.</summary>
    private static string? FindPlace(JsonElement element, int depth)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Array when depth < Deepest:
                return element.EnumerateArray().Select(e => FindPlace(e, depth + 1)).FirstOrDefault(p => p is not null);
            case JsonValueKind.Object when depth < Deepest && element.TryGetProperty("loc"u8, out var loc) && loc.ValueKind == JsonValueKind.Array:
                return Path(loc);
            case JsonValueKind.Object when depth < Deepest:
                return (element.TryGetProperty("detail"u8, out var inner) ? FindPlace(inner, depth + 1) : null)
                    ?? (element.TryGetProperty("message"u8, out inner) ? FindPlace(inner, depth + 1) : null);
            default:
                return null;
        }
    }

    private static string? Path(JsonElement loc)
    {
        var path = "";
        foreach (var step in loc.EnumerateArray())
        {
            path += step.ValueKind == JsonValueKind.Number ? string.Create(CultureInfo.InvariantCulture, $"[{step.GetRawText()}]")
                : step.ValueKind == JsonValueKind.String && !(path.Length == 0 && step.ValueEquals("body"u8)) ? (path.Length > 0 ? "." : "") + step.GetString()
                : "";
        }

        return path.Length > 0 ? Bound(path) : null;
    }

    /// <summary>A member of one of Google's <c>details</c>.</summary>
    private static string? FindDetail(JsonElement error, ReadOnlySpan<byte> name)
    {
        if (!error.TryGetProperty("details"u8, out var details) || details.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        foreach (var detail in details.EnumerateArray())
        {
            if (detail.ValueKind == JsonValueKind.Object && Text(detail, name) is { } text)
            {
                return text;
            }
        }

        return null;
    }

    /// <summary><c>34.5s</c>.</summary>
    private static TimeSpan? Seconds(string? told) => told is not null && told.EndsWith('s') ? RetryAfterHeader.Seconds(told.AsSpan(0, told.Length - 1)) : null;

    /// <summary>All four members are there with the types that clients rely on.</summary>
    private static bool HasAllMembers(JsonElement error) =>
        error.TryGetProperty("message"u8, out var message) && message.ValueKind == JsonValueKind.String
        && error.TryGetProperty("type"u8, out var type) && type.ValueKind == JsonValueKind.String
        && error.TryGetProperty("param"u8, out var param) && param.ValueKind is JsonValueKind.String or JsonValueKind.Null
        && error.TryGetProperty("code"u8, out var code) && code.ValueKind is JsonValueKind.String or JsonValueKind.Null;

    private static string? Text(JsonElement element, ReadOnlySpan<byte> name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? Usable(value) : null;

    /// <summary>Python servers write their nothing as a text.</summary>
    private static string? Usable(JsonElement text) => text.GetString() is { } told && !string.IsNullOrWhiteSpace(told) && told != "None" ? told : null;

    private static string? Bound(string? text) => text is { Length: > MaxMessageLength } ? text[..MaxMessageLength] + "…" : text;
}
