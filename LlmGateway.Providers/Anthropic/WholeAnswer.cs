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
                    UsageReader.Read(ref reader, ref usage);
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
            if (!PartReader.TryRead(ref reader, out var part)
                || part.Kind is not (PartKind.Text or PartKind.Thinking or PartKind.RedactedThinking or PartKind.ToolUse))
            {
                return false;
            }

            parts.Add(part);
        }

        return true;
    }
}
