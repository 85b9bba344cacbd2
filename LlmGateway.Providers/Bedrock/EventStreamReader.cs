using System.Buffers.Binary;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Providers.Bedrock;

/// <summary>What <see cref="EventStreamReader.Read"/> found.</summary>
internal enum EventStreamResult
{
    /// <summary>More bytes are needed.</summary>
    None,
    Message,

    /// <summary>The bytes are no event stream, or were damaged; nothing after them can be trusted.</summary>
    Broken,
}

/// <summary>
/// Cuts messages out of AWS's binary event stream (source: the specification <c>application/vnd.amazon.eventstream</c> of Smithy):
/// total length, length of the headers, CRC-32 of these two, headers, payload, CRC-32 of all before it; numbers are big-endian.
/// </summary>
internal sealed class EventStreamReader(PooledBuffer buffer)
{
    /// <summary>The largest message that is accepted, in bytes; AWS's own bound is 24 MiB, and no piece of an answer comes near it.</summary>
    public const int MaxMessageBytes = 16 * 1024 * 1024;

    private const int PreludeBytes = 12;
    private const int ChecksumBytes = 4;

    private int _total;
    private int _headers;
    private bool _isBroken;

    /// <summary>
    /// Takes the next complete message. Its memory is valid until the next call or the next write to the buffer. Each byte is looked at
    /// once, however the bytes come.
    /// </summary>
    public EventStreamResult Read(out EventStreamMessage message)
    {
        message = default;
        if (_isBroken || !TryReadPrelude())
        {
            _isBroken = true;
            return EventStreamResult.Broken;
        }

        if (_total == 0 || buffer.Length < _total)
        {
            return EventStreamResult.None;
        }

        var bytes = buffer.Written[.._total];
        var end = _total - ChecksumBytes;
        var headersEnd = PreludeBytes + _headers;
        _isBroken = Crc32.Compute(bytes.Span[..end]) != BinaryPrimitives.ReadUInt32BigEndian(bytes.Span[end..])
            || !EventStreamMessage.TryCreate(bytes[PreludeBytes..headersEnd], bytes[headersEnd..end], out message);
        if (_isBroken)
        {
            return EventStreamResult.Broken;
        }

        buffer.Consume(_total);
        _total = 0;
        return EventStreamResult.Message;
    }

    /// <summary>False when what has come cannot begin a message; the lengths are zero until enough has come to tell.</summary>
    private bool TryReadPrelude()
    {
        if (_total > 0 || buffer.Length < PreludeBytes)
        {
            return true;
        }

        var prelude = buffer.WrittenSpan[..PreludeBytes];
        var total = BinaryPrimitives.ReadUInt32BigEndian(prelude);
        var headers = BinaryPrimitives.ReadUInt32BigEndian(prelude[4..]);
        if (Crc32.Compute(prelude[..8]) != BinaryPrimitives.ReadUInt32BigEndian(prelude[8..])
            || total is < PreludeBytes + ChecksumBytes or > MaxMessageBytes || headers > total - PreludeBytes - ChecksumBytes)
        {
            return false;
        }

        (_total, _headers) = ((int)total, (int)headers);
        return true;
    }
}
