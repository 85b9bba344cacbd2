using System.Text.Json;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.Providers.Http;

namespace LlmGateway.Providers.Translation;

/// <summary>
/// The one document of an answer that is not streamed and has content parts. A dialect says in which members they and the reason stand, and
/// how those are read; <c>usage</c> is called so by all. For one answer only.
/// </summary>
/// <param name="oddEnd">What an answer is that ended for a reason that is not known, for the error.</param>
internal abstract class PartDocument(string oddEnd) : IObjectMembers
{
    private readonly List<ContentPart> _parts = [];
    private PartUsage _usage;
    private string? _reason;

    /// <summary>Name of the member that has the content, or holds what has it.</summary>
    protected abstract ReadOnlySpan<byte> ContentName { get; }

    protected abstract ReadOnlySpan<byte> ReasonName { get; }

    /// <summary>The list of content blocks has come, empty or not.</summary>
    protected bool HasContent { get; private set; }

    /// <summary>Turns the document into OpenAI's.</summary>
    /// <param name="provider">Name of the provider, for errors.</param>
    /// <param name="view">What was asked.</param>
    /// <param name="document">The answer; still the caller's.</param>
    /// <param name="created">Unix time in seconds.</param>
    public GatewayAnswer Translate(string provider, RequestView view, ReadOnlyMemory<byte> document, long created)
    {
        var found = this;
        if (!JsonFinder.TryReadObject(document.Span, ref found) || !HasContent || _reason is null)
        {
            return new ErrorAnswer(UpstreamFailure.Invalid(provider, "a malformed answer"));
        }

        return _reason.Length == 0
            ? new ErrorAnswer(UpstreamFailure.Invalid(provider, oddEnd))
            : PartAnswer.Write(view, document, _parts, _usage, _reason, created);
    }

    public bool ReadMembers(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isContent = reader.ValueTextEquals(ContentName);
            var isReason = reader.ValueTextEquals(ReasonName);
            var isUsage = reader.ValueTextEquals("usage"u8);
            reader.Read();
            if (isContent)
            {
                if (!TryReadContent(ref reader))
                {
                    return false;
                }
            }
            else if (isReason)
            {
                _reason = ReadReason(ref reader);
            }
            else if (isUsage)
            {
                ReadUsage(ref reader, ref _usage);
            }
            else
            {
                reader.Skip();
            }
        }

        return true;
    }

    /// <summary>Reads the value of the member that has the content, by <see cref="TryReadParts"/> at last.</summary>
    protected abstract bool TryReadContent(ref Utf8JsonReader reader);

    /// <summary>Reads the content block that the reader stands on; false when it has not what its kind must have.</summary>
    protected abstract bool TryReadPart(ref Utf8JsonReader reader, out ContentPart part);

    /// <summary>Why the answer ended, in OpenAI's words: empty when that is not known, null when it is not told.</summary>
    protected abstract string? ReadReason(ref Utf8JsonReader reader);

    protected abstract void ReadUsage(ref Utf8JsonReader reader, ref PartUsage usage);

    /// <summary>Reads the list that the reader stands on; false when a block is of no known kind: it would be missing in the answer.</summary>
    protected bool TryReadParts(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return false;
        }

        HasContent = true;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (!TryReadPart(ref reader, out var part)
                || part.Kind is not (PartKind.Text or PartKind.Thinking or PartKind.RedactedThinking or PartKind.ToolUse))
            {
                return false;
            }

            _parts.Add(part);
        }

        return true;
    }
}
