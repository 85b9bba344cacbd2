using System.Buffers.Binary;
using System.Text.Unicode;

namespace LlmGateway.Providers.Bedrock;

/// <summary>The types of header values (source: the specification <c>application/vnd.amazon.eventstream</c> of Smithy).</summary>
internal enum HeaderType : byte
{
    True,
    False,

    /// <summary>One signed byte.</summary>
    Byte,
    Int16,
    Int32,
    Int64,

    /// <summary>Bytes after their length in 16 bits.</summary>
    Bytes,

    /// <summary>UTF-8 after its length in 16 bits.</summary>
    Text,

    /// <summary>Milliseconds since 1970, in 64 bits.</summary>
    Timestamp,
    Uuid,
}

/// <summary>One message of an event stream: headers, found to be well-formed, and a payload.</summary>
internal readonly struct EventStreamMessage
{
    /// <summary>More headers than any message has; it keeps the search for those that stand twice short.</summary>
    private const int MaxHeaders = 64;

    private readonly ReadOnlyMemory<byte> _headers;

    private EventStreamMessage(ReadOnlyMemory<byte> headers, ReadOnlyMemory<byte> payload)
    {
        _headers = headers;
        Payload = payload;
    }

    public ReadOnlyMemory<byte> Payload { get; }

    /// <summary>False when the headers are malformed, too many, or one stands twice.</summary>
    public static bool TryCreate(ReadOnlyMemory<byte> headers, ReadOnlyMemory<byte> payload, out EventStreamMessage message)
    {
        message = new EventStreamMessage(headers, payload);
        var rest = headers.Span;
        for (var count = 0; !rest.IsEmpty; count++)
        {
            var before = headers.Span[..^rest.Length];
            if (count == MaxHeaders || !TryTake(ref rest, out var name, out var type, out var value)
                || name.IsEmpty || !Utf8.IsValid(name) || (type == HeaderType.Text && !Utf8.IsValid(value)) || TryFind(before, name, out _, out _))
            {
                message = default;
                return false;
            }
        }

        return true;
    }

    /// <summary>The value of a header, without its length; false when there is none of this name.</summary>
    public bool TryGet(ReadOnlySpan<byte> name, out HeaderType type, out ReadOnlySpan<byte> value) => TryFind(_headers.Span, name, out type, out value);

    /// <summary>The text of a header; empty when there is none of this name and type.</summary>
    public ReadOnlySpan<byte> Text(ReadOnlySpan<byte> name) => TryGet(name, out var type, out var value) && type == HeaderType.Text ? value : default;

    private static bool TryFind(ReadOnlySpan<byte> headers, ReadOnlySpan<byte> wanted, out HeaderType type, out ReadOnlySpan<byte> value)
    {
        while (TryTake(ref headers, out var name, out type, out value))
        {
            if (name.SequenceEqual(wanted))
            {
                return true;
            }
        }

        return false;
    }

    private static bool TryTake(scoped ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> name, out HeaderType type, out ReadOnlySpan<byte> value)
    {
        name = value = default;
        type = default;
        if (rest.IsEmpty || rest.Length < rest[0] + 2)
        {
            return false;
        }

        name = rest.Slice(1, rest[0]);
        type = (HeaderType)rest[name.Length + 1];
        rest = rest[(name.Length + 2)..];
        var length = type switch
        {
            HeaderType.True or HeaderType.False => 0,
            HeaderType.Byte => 1,
            HeaderType.Int16 => 2,
            HeaderType.Int32 => 4,
            HeaderType.Int64 or HeaderType.Timestamp => 8,
            HeaderType.Uuid => 16,
            HeaderType.Bytes or HeaderType.Text when rest.Length >= 2 => BinaryPrimitives.ReadUInt16BigEndian(rest),
            _ => -1,
        };
        var prefix = type is HeaderType.Bytes or HeaderType.Text ? 2 : 0;
        if (length < 0 || rest.Length < prefix + length)
        {
            return false;
        }

        value = rest.Slice(prefix, length);
        rest = rest[(prefix + length)..];
        return true;
    }
}
