using System.Text.Json;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Anthropic;

/// <summary>The one document of an answer that is not streamed.</summary>
internal sealed class WholeAnswer() : PartDocument("an answer that ended for an unknown reason")
{
    protected override ReadOnlySpan<byte> ContentName => "content"u8;

    protected override ReadOnlySpan<byte> ReasonName => "stop_reason"u8;

    protected override bool TryReadContent(ref Utf8JsonReader reader) => TryReadParts(ref reader);

    protected override bool TryReadPart(ref Utf8JsonReader reader, out ContentPart part) => PartReader.TryRead(ref reader, out part);

    protected override string? ReadReason(ref Utf8JsonReader reader) => StopReasons.Read(ref reader);

    protected override void ReadUsage(ref Utf8JsonReader reader, ref PartUsage usage) => UsageReader.Read(ref reader, ref usage);
}
