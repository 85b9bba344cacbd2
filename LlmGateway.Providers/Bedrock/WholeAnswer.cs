using System.Text.Json;
using System.Text.Unicode;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.Providers.Http;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Bedrock;

/// <summary>Turns the one document that <c>Converse</c> answers into OpenAI's.</summary>
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
            return new ErrorAnswer(UpstreamFailure.Invalid(provider, "an answer that ended for an unknown reason, or is called malformed by the model"));
        }

        return PartAnswer.Write(view, document, parts, usage, reason, created);
    }

    private static bool TryRead(ReadOnlySpan<byte> document, List<ContentPart> parts, out PartUsage usage, out string reason)
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

    private static bool TryReadMembers(ref Utf8JsonReader reader, List<ContentPart> parts, ref PartUsage usage, ref string reason)
    {
        var hasContent = false;
        string? told = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isOutput = reader.ValueTextEquals("output"u8);
            var isReason = reader.ValueTextEquals("stopReason"u8);
            var isUsage = reader.ValueTextEquals("usage"u8);
            reader.Read();
            if (isOutput)
            {
                if (!TryReadHolder(ref reader, "message"u8, "content"u8, parts, ref hasContent))
                {
                    return false;
                }
            }
            else if (isReason)
            {
                told = StopReasons.Read(ref reader);
            }
            else if (isUsage)
            {
                UsageReader.Read(ref reader, ref usage);
            }
            else
            {
                reader.Skip();
            }
        }

        reason = told ?? StopReasons.Unknown;
        return hasContent && told is not null;
    }

    /// <summary>Goes down to <c>message</c> and its <c>content</c>.</summary>
    private static bool TryReadHolder(
        ref Utf8JsonReader reader, ReadOnlySpan<byte> member, ReadOnlySpan<byte> inner, List<ContentPart> parts, ref bool hasContent)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isMember = reader.ValueTextEquals(member);
            reader.Read();
            if (!isMember)
            {
                reader.Skip();
                continue;
            }

            if (inner.IsEmpty ? !TryReadParts(ref reader, parts, ref hasContent) : !TryReadHolder(ref reader, inner, default, parts, ref hasContent))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>False when a block is of no known kind: it would be missing in the answer. Content that comes twice is no answer either.</summary>
    private static bool TryReadParts(ref Utf8JsonReader reader, List<ContentPart> parts, ref bool hasContent)
    {
        if (hasContent || reader.TokenType != JsonTokenType.StartArray)
        {
            return false;
        }

        hasContent = true;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (!BlockReader.TryRead(ref reader, out var part)
                || part.Kind is not (PartKind.Text or PartKind.Thinking or PartKind.RedactedThinking or PartKind.ToolUse))
            {
                return false;
            }

            parts.Add(part);
        }

        return true;
    }
}
