using System.Text.Json;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Bedrock;

internal enum EventKind
{
    /// <summary>One that came later than this code.</summary>
    Other,
    MessageStart,
    BlockStart,
    BlockDelta,
    BlockStop,
    MessageStop,
    Metadata,
}

/// <summary>One event of <c>ConverseStream</c>, read in one pass from its payload.</summary>
internal struct StreamEvent : IObjectMembers
{
    public EventKind Kind;

    /// <summary>Of the content block; -1 when not told.</summary>
    public int Index;

    /// <summary>The start or delta of a block that the event brings.</summary>
    public ContentPart Part;

    /// <summary>In OpenAI's words; null when not told.</summary>
    public string? FinishReason;

    public PartUsage Usage;

    private bool _hasPart;

    /// <summary>False when the payload is broken or lacks what its type must have.</summary>
    public static bool TryRead(ReadOnlySpan<byte> type, ReadOnlySpan<byte> payload, out StreamEvent read)
    {
        read = new StreamEvent { Index = -1, Kind = ReadKind(type) };
        if (read.Kind == EventKind.Other)
        {
            return true;
        }

        return JsonFinder.TryReadObject(payload, ref read) && read.IsComplete();
    }

    public bool ReadMembers(ref Utf8JsonReader reader)
    {
        var isGood = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("contentBlockIndex"u8))
            {
                reader.Read();
                isGood &= reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out Index);
                reader.Skip();
            }
            else if (reader.ValueTextEquals("delta"u8) || reader.ValueTextEquals("start"u8))
            {
                reader.Read();
                isGood &= !_hasPart & (IsEmptyStart(reader) ? reader.TrySkip() : BlockReader.TryRead(ref reader, out Part) && Part.Kind != PartKind.Unknown);
                _hasPart = true;
            }
            else if (reader.ValueTextEquals("stopReason"u8))
            {
                reader.Read();
                FinishReason = StopReasons.Read(ref reader);
            }
            else
            {
                var isUsage = reader.ValueTextEquals("usage"u8);
                reader.Read();
                if (isUsage)
                {
                    UsageReader.Read(ref reader, ref Usage);
                }
                else
                {
                    reader.Skip();
                }
            }
        }

        return isGood;
    }

    private static EventKind ReadKind(ReadOnlySpan<byte> type) =>
        type.SequenceEqual("contentBlockDelta"u8) ? EventKind.BlockDelta
        : type.SequenceEqual("contentBlockStart"u8) ? EventKind.BlockStart
        : type.SequenceEqual("contentBlockStop"u8) ? EventKind.BlockStop
        : type.SequenceEqual("messageStart"u8) ? EventKind.MessageStart
        : type.SequenceEqual("messageStop"u8) ? EventKind.MessageStop
        : type.SequenceEqual("metadata"u8) ? EventKind.Metadata
        : EventKind.Other;

    private readonly bool IsComplete() => Kind switch
    {
        EventKind.BlockStart or EventKind.BlockDelta => _hasPart && Index >= 0,
        EventKind.BlockStop => Index >= 0,
        EventKind.MessageStop => FinishReason is not null,
        _ => true,
    };

    /// <summary>Blocks that are no tools have nothing to announce.</summary>
    private readonly bool IsEmptyStart(Utf8JsonReader reader) =>
        Kind == EventKind.BlockStart && reader.TokenType == JsonTokenType.StartObject && reader.Read() && reader.TokenType == JsonTokenType.EndObject;
}
