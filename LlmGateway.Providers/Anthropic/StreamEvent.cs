using System.Text.Json;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Anthropic;

internal enum EventKind
{
    /// <summary>One that came later than this code; the API's rules say to leave it alone. <c>ping</c> is another such.</summary>
    Other,
    MessageStart,
    BlockStart,
    BlockDelta,
    BlockStop,
    MessageDelta,
    MessageStop,
    Error,
}

/// <summary>One event of a stream, read in one pass from its data; the name of the event says the same as <c>type</c>.</summary>
internal struct StreamEvent : IObjectMembers
{
    public EventKind Kind;

    /// <summary>Of the content block; -1 when not told.</summary>
    public int Index;

    /// <summary>The block or delta that the event brings.</summary>
    public ContentPart Part;

    public PartUsage Usage;

    private bool _hasPart;

    /// <summary>False when the data is broken or lacks what its type must have.</summary>
    public static bool TryRead(ReadOnlySpan<byte> data, out StreamEvent read)
    {
        read = new StreamEvent { Index = -1 };
        return JsonFinder.TryReadObject(data, ref read) && read.IsComplete();
    }

    public bool ReadMembers(ref Utf8JsonReader reader)
    {
        var isGood = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("type"u8))
            {
                reader.Read();
                isGood &= reader.TokenType == JsonTokenType.String;
                Kind = ReadKind(ref reader);
            }
            else if (reader.ValueTextEquals("index"u8))
            {
                reader.Read();
                isGood &= reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out Index);
                reader.Skip();
            }
            else if (reader.ValueTextEquals("delta"u8) || reader.ValueTextEquals("content_block"u8))
            {
                reader.Read();
                isGood &= PartReader.TryRead(ref reader, out Part);
                _hasPart = true;
            }
            else if (reader.ValueTextEquals("usage"u8))
            {
                reader.Read();
                UsageReader.Read(ref reader, ref Usage);
            }
            else
            {
                var isMessage = reader.ValueTextEquals("message"u8);
                reader.Read();
                if (isMessage && reader.TokenType == JsonTokenType.StartObject)
                {
                    ReadMessage(ref reader);
                }
                else
                {
                    reader.Skip();
                }
            }
        }

        return isGood;
    }

    private readonly bool IsComplete() => Kind switch
    {
        EventKind.BlockStart or EventKind.BlockDelta => _hasPart && Index >= 0,
        EventKind.BlockStop => Index >= 0,
        EventKind.MessageDelta => _hasPart,
        _ => true,
    };

    private void ReadMessage(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
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

    private static EventKind ReadKind(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            reader.Skip();
            return EventKind.Other;
        }

        return reader.ValueTextEquals("content_block_delta"u8) ? EventKind.BlockDelta
            : reader.ValueTextEquals("content_block_start"u8) ? EventKind.BlockStart
            : reader.ValueTextEquals("content_block_stop"u8) ? EventKind.BlockStop
            : reader.ValueTextEquals("message_start"u8) ? EventKind.MessageStart
            : reader.ValueTextEquals("message_delta"u8) ? EventKind.MessageDelta
            : reader.ValueTextEquals("message_stop"u8) ? EventKind.MessageStop
            : reader.ValueTextEquals("error"u8) ? EventKind.Error
            : EventKind.Other;
    }
}
