using System.Buffers;
using System.Text;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Providers.Translation;

/// <summary>Writes the OpenAI document of an answer that came in content parts.</summary>
internal static class PartAnswer
{
    /// <param name="view">What was asked.</param>
    /// <param name="document">What the parts were found in; still the caller's.</param>
    /// <param name="parts">Of known kinds only.</param>
    /// <param name="usage">Tokens as the provider counted them.</param>
    /// <param name="reason">Why it ended, in OpenAI's words.</param>
    /// <param name="created">Unix time in seconds.</param>
    public static JsonAnswer Write(
        RequestView view, ReadOnlyMemory<byte> document, List<ContentPart> parts, in PartUsage usage, string reason, long created)
    {
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
