using System.Text.Json;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Bedrock;

/// <summary>The one document that <c>Converse</c> answers.</summary>
internal sealed class WholeAnswer() : PartDocument("an answer that ended for an unknown reason, or is called malformed by the model")
{
    protected override ReadOnlySpan<byte> ContentName => "output"u8;

    protected override ReadOnlySpan<byte> ReasonName => "stopReason"u8;

    protected override bool TryReadContent(ref Utf8JsonReader reader) => TryReadHolder(ref reader, "message"u8, "content"u8);

    protected override bool TryReadPart(ref Utf8JsonReader reader, out ContentPart part) => BlockReader.TryRead(ref reader, out part);

    protected override string? ReadReason(ref Utf8JsonReader reader) => StopReasons.Read(ref reader);

    protected override void ReadUsage(ref Utf8JsonReader reader, ref PartUsage usage) => UsageReader.Read(ref reader, ref usage);

    /// <summary>Goes down to <c>message</c> and its <c>content</c>; content that comes twice is no answer.</summary>
    private bool TryReadHolder(ref Utf8JsonReader reader, ReadOnlySpan<byte> member, ReadOnlySpan<byte> inner)
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

            if (inner.IsEmpty ? HasContent || !TryReadParts(ref reader) : !TryReadHolder(ref reader, inner, default))
            {
                return false;
            }
        }

        return true;
    }
}
