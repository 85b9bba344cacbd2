using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.Providers.Http;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Anthropic;

/// <summary>Turns the one document of an answer that is not streamed into OpenAI's.</summary>
internal static class WholeAnswer
{
    /// <param name="provider">Name of the provider, for errors.</param>
    /// <param name="view">What was asked.</param>
    /// <param name="document">The answer; still the caller's.</param>
    /// <param name="created">Unix time in seconds.</param>
    public static GatewayAnswer Translate(string provider, RequestView view, ReadOnlyMemory<byte> document, long created)
    {
        var parts = new List<ContentPart>();
        if (!TryRead(document.Span, parts, out var usage, out var reason))
        {
            return new ErrorAnswer(UpstreamFailure.Invalid(provider, "a malformed answer"));
        }

        if (reason == StopReasons.Unknown)
        {
            return new ErrorAnswer(UpstreamFailure.Invalid(provider, "an answer that ended for an unknown reason"));
        }

        var body = new PooledBuffer();
        body.Write(AnswerHead.Write(view, "chatcmpl-", "chat.completion"u8, created));
        body.Write("{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":"u8);
        WriteMessage(document.Span, parts, body);
        body.Write("},\"logprobs\":null,\"finish_reason\":\""u8);
        Encoding.UTF8.GetBytes(reason, body);
        body.Write("\"}]"u8);
        usage.Write(body);
        body.Write("}"u8);
        return new JsonAnswer(body, usage.Usage, reason);
    }

    private static bool TryRead(ReadOnlySpan<byte> document, List<ContentPart> parts, out AnthropicUsage usage, out string reason)
    {
        usage = default;
        reason = StopReasons.Unknown;
        if (!Utf8.IsValid(document))
        {
            return false;
        }

        try
        {
            var reader = new Utf8JsonReader(document, JsonText.ReaderOptions);
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject && TryReadMembers(ref reader, parts, ref usage, ref reason) && !reader.Read();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private static bool TryReadMembers(ref Utf8JsonReader reader, List<ContentPart> parts, ref AnthropicUsage usage, ref string reason)
    {
        var hasContent = false;
        string? told = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("content"u8))
            {
                reader.Read();
                if (reader.TokenType != JsonTokenType.StartArray || !TryReadParts(ref reader, parts))
                {
                    return false;
                }

                hasContent = true;
            }
            else if (reader.ValueTextEquals("stop_reason"u8))
            {
                reader.Read();
                told = StopReasons.Read(ref reader);
            }
            else
            {
                var isUsage = reader.ValueTextEquals("usage"u8);
                reader.Read();
                if (isUsage)
                {
                    usage.Read(ref reader);
                }
                else
                {
                    reader.Skip();
                }
            }
        }

        reason = told ?? StopReasons.Unknown;
        return hasContent && told is not null;
    }

    /// <summary>False when a block is of no known kind: it would be missing in the answer.</summary>
    private static bool TryReadParts(ref Utf8JsonReader reader, List<ContentPart> parts)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (!ContentPart.TryRead(ref reader, out var part)
                || part.Kind is not (PartKind.Text or PartKind.Thinking or PartKind.RedactedThinking or PartKind.ToolUse))
            {
                return false;
            }

            parts.Add(part);
        }

        return true;
    }

    private static void WriteMessage(ReadOnlySpan<byte> document, List<ContentPart> parts, PooledBuffer body)
    {
        var hasText = parts.Exists(p => p.Kind == PartKind.Text && p.HasText);
        if (hasText || !parts.Exists(p => p.Kind == PartKind.ToolUse))
        {
            Join(document, parts, PartKind.Text, body);
        }
        else
        {
            body.Write("null"u8);
        }

        body.Write(",\"refusal\":null"u8);
        if (parts.Exists(p => p.Kind == PartKind.Thinking && p.HasText))
        {
            body.Write(",\"reasoning_content\":"u8);
            Join(document, parts, PartKind.Thinking, body);
        }

        WriteThinking(document, parts, body);
        WriteToolCalls(document, parts, body);
    }

    /// <summary>The texts of all parts of a kind as one string, without decoding any.</summary>
    private static void Join(ReadOnlySpan<byte> document, List<ContentPart> parts, PartKind kind, PooledBuffer body)
    {
        body.Write("\""u8);
        foreach (var part in parts)
        {
            if (part.Kind == kind)
            {
                body.Write(document[(part.Text.Start + 1)..(part.Text.End - 1)]);
            }
        }

        body.Write("\""u8);
    }

    /// <summary>The blocks as Anthropic has them, so that a client can give them back unchanged.</summary>
    private static void WriteThinking(ReadOnlySpan<byte> document, List<ContentPart> parts, PooledBuffer body)
    {
        var separator = ",\"thinking_blocks\":["u8;
        foreach (var part in parts)
        {
            var isRedacted = part.Kind == PartKind.RedactedThinking;
            if (!isRedacted && !(part.Kind == PartKind.Thinking && part.HasSignature))
            {
                continue;
            }

            body.Write(separator);
            separator = ","u8;
            body.Write(isRedacted ? "{\"type\":\"redacted_thinking\",\"data\":"u8 : "{\"type\":\"thinking\",\"thinking\":"u8);
            body.Write(document[part.Text.Start..part.Text.End]);
            if (!isRedacted)
            {
                body.Write(",\"signature\":"u8);
                body.Write(document[part.Signature.Start..part.Signature.End]);
            }

            body.Write("}"u8);
        }

        body.Write(separator.Length > 1 ? ""u8 : "]"u8);
    }

    private static void WriteToolCalls(ReadOnlySpan<byte> document, List<ContentPart> parts, PooledBuffer body)
    {
        var separator = ",\"tool_calls\":["u8;
        foreach (var part in parts)
        {
            if (part.Kind != PartKind.ToolUse)
            {
                continue;
            }

            body.Write(separator);
            separator = ","u8;
            body.Write("{\"id\":"u8);
            body.Write(document[part.Id.Start..part.Id.End]);
            body.Write(",\"type\":\"function\",\"function\":{\"name\":"u8);
            body.Write(document[part.Name.Start..part.Name.End]);
            body.Write(",\"arguments\":"u8);
            body.WriteAsString(part.Input.IsEmpty ? "{}"u8 : document[part.Input.Start..part.Input.End]);
            body.Write("}}"u8);
        }

        body.Write(separator.Length > 1 ? ""u8 : "]"u8);
    }
}
