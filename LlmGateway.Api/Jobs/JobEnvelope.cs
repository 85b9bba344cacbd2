using System.Text.Json;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Protocol;
using LlmGateway.Data.Jobs;

namespace LlmGateway.Api.Jobs;

/// <summary>
/// The gateway's own fields of a job's document, <c>priority</c> and <c>webhook</c> at its top. Everything else is the model's request, and
/// stays the bytes that came.
/// </summary>
internal sealed class JobEnvelope
{
    private const string PriorityName = "priority";
    private const string WebhookName = "webhook";
    private const string UrlName = "webhook.url";
    private const int LongestUrl = 2048;
    private const int LongestNameShown = 100;

    private ByteRange _priority;
    private ByteRange _webhook;

    /// <summary>Null when the document names none.</summary>
    public JobPriority? Priority { get; private set; }

    /// <summary>Null when the document names none.</summary>
    public string? WebhookUrl { get; private set; }

    /// <summary>
    /// Reads the fields. A body that is no good JSON passes: <see cref="RequestReader"/> says what is wrong with it.
    /// </summary>
    public static GatewayError? Read(ReadOnlySpan<byte> body, int maxDepth, out JobEnvelope envelope)
    {
        envelope = new JobEnvelope();
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = maxDepth });
        try
        {
            return envelope.ReadDocument(ref reader);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Broken, or a string that is no text. Nothing is cut out, so the whole of it is refused.
            envelope = new JobEnvelope();
            return null;
        }
    }

    /// <summary>The model's request: the document without the fields that were read.</summary>
    public byte[] Cut(ReadOnlySpan<byte> body)
    {
        if (_priority.IsEmpty && _webhook.IsEmpty)
        {
            return body.ToArray();
        }

        var (first, second) = _priority.Start < _webhook.Start ? (_priority, _webhook) : (_webhook, _priority);
        var rest = new byte[body.Length];
        var length = 0;
        var at = 0;
        foreach (var member in new[] { first, second })
        {
            if (member.IsEmpty)
            {
                continue;
            }

            Copy(body[at..member.Start], rest, ref length);
            at = member.Start + member.Length;
            var space = body[at..].IndexOfAnyExcept(" \t\r\n"u8);
            if (body[at + space] == ',')
            {
                at += space + 1;
            }
            else
            {
                // The last member: the comma before it goes.
                length = rest.AsSpan(0, length).LastIndexOfAnyExcept(" \t\r\n"u8) + 1;
                length -= rest[length - 1] == ',' ? 1 : 0;
            }
        }

        Copy(body[at..], rest, ref length);
        return rest[..length];
    }

    private static void Copy(ReadOnlySpan<byte> piece, byte[] rest, ref int length)
    {
        piece.CopyTo(rest.AsSpan(length));
        length += piece.Length;
    }

    private GatewayError? ReadDocument(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return null;
        }

        GatewayError? error = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var start = (int)reader.TokenStartIndex;
            if (reader.ValueTextEquals("priority"u8))
            {
                error = ReadOwn(ref reader, start, ref _priority, PriorityName, error);
            }
            else if (reader.ValueTextEquals("webhook"u8))
            {
                error = ReadOwn(ref reader, start, ref _webhook, WebhookName, error);
            }
            else
            {
                reader.Skip();
            }
        }

        // To the end, even after an error: broken JSON is the more basic fault.
        reader.Read();
        return error;
    }

    private GatewayError? ReadOwn(ref Utf8JsonReader reader, int start, ref ByteRange place, string name, GatewayError? error)
    {
        if (!place.IsEmpty)
        {
            reader.Skip();
            return error ?? GatewayError.Invalid(name, "duplicate_parameter", $"Duplicate parameter: '{name}' is given more than once.");
        }

        reader.Read();
        var found = name == PriorityName ? ReadPriority(ref reader) : ReadWebhook(ref reader);
        if (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject)
        {
            reader.Skip();
        }

        place = new ByteRange(start, (int)reader.BytesConsumed - start);
        return error ?? found;
    }

    private GatewayError? ReadPriority(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.String)
        {
            return WrongType(PriorityName, "a string");
        }

        Priority = reader.ValueTextEquals("low"u8) ? JobPriority.Low
            : reader.ValueTextEquals("normal"u8) ? JobPriority.Normal
            : reader.ValueTextEquals("high"u8) ? JobPriority.High
            : null;
        return Priority is null
            ? GatewayError.Invalid(PriorityName, "invalid_value", "Invalid value for 'priority': supported values are 'low', 'normal' and 'high'.")
            : null;
    }

    private GatewayError? ReadWebhook(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.Null => null,
        JsonTokenType.String => ReadUrl(ref reader, WebhookName),
        JsonTokenType.StartObject => ReadWebhookObject(ref reader),
        _ => WrongType(WebhookName, "an object with 'url'"),
    };

    /// <summary>Reads to the end of the object.</summary>
    private GatewayError? ReadWebhookObject(ref Utf8JsonReader reader)
    {
        GatewayError? error = null;
        var seen = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!reader.ValueTextEquals("url"u8))
            {
                error ??= Unknown(reader.GetString()!);
                reader.Skip();
                continue;
            }

            if (seen)
            {
                error ??= GatewayError.Invalid(UrlName, "duplicate_parameter", $"Duplicate parameter: '{UrlName}' is given more than once.");
            }

            seen = true;
            reader.Read();
            error ??= reader.TokenType switch
            {
                JsonTokenType.String => ReadUrl(ref reader, UrlName),
                JsonTokenType.Null => null,
                _ => WrongType(UrlName, "a string"),
            };
            reader.Skip();
        }

        return error ?? (WebhookUrl is null ? Missing() : null);
    }

    private GatewayError? ReadUrl(ref Utf8JsonReader reader, string param)
    {
        var url = reader.GetString()!;
        if (url.Length == 0)
        {
            return Missing();
        }

        if (url.Length > LongestUrl || url.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            return GatewayError.Invalid(
                param, "invalid_value", $"Invalid value for '{param}': expected a URL of at most {LongestUrl} characters, all of them visible ASCII.");
        }

        WebhookUrl = url;
        return null;
    }

    private static GatewayError Missing() =>
        GatewayError.Invalid(UrlName, "missing_required_parameter", $"Missing required parameter: '{UrlName}'.");

    private static GatewayError Unknown(string name)
    {
        var path = $"{WebhookName}.{(name.Length > LongestNameShown ? string.Concat(name.AsSpan(0, LongestNameShown), "…") : name)}";
        return GatewayError.Invalid(path, "unknown_parameter", $"Unknown parameter: '{path}'.");
    }

    private static GatewayError WrongType(string param, string expected) =>
        GatewayError.Invalid(param, "invalid_type", $"Invalid type for '{param}': expected {expected}.");
}
