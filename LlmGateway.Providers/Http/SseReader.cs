using System.Buffers;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Providers.Http;

/// <summary>
/// Cuts server-sent events out of a buffer (source: the event stream grammar of the HTML standard, with LF and CRLF line ends and
/// the one byte order mark it allows). Only <c>data</c> matters here; comments and other fields are skipped.
/// </summary>
internal sealed class SseReader(PooledBuffer buffer) : IDisposable
{
    private readonly PooledBuffer _joined = new();
    private int _searched;
    private bool _begun;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>
    /// Takes the data of the next complete event. The memory is valid until the next call or the next write to the buffer.
    /// </summary>
    public bool TryRead(out ReadOnlyMemory<byte> data)
    {
        if (!_begun && !TryBegin())
        {
            data = default;
            return false;
        }

        while (TryFindEnd(out var blockLength, out var consumed))
        {
            var block = buffer.Written[..blockLength];
            buffer.Consume(consumed);
            _searched = 0;
            if (TryGetData(block, out data))
            {
                return true;
            }
        }

        data = default;
        return false;
    }

    public void Dispose() => _joined.Dispose();

    /// <summary>Skips a byte order mark; false until enough has come to tell.</summary>
    private bool TryBegin()
    {
        var span = buffer.WrittenSpan;
        if (span.Length < ByteOrderMark.Length && ByteOrderMark.StartsWith(span))
        {
            return false;
        }

        buffer.Consume(span.StartsWith(ByteOrderMark) ? ByteOrderMark.Length : 0);
        _begun = true;
        return true;
    }

    /// <summary>Finds the empty line that ends the first event; what was searched once is not searched again.</summary>
    private bool TryFindEnd(out int blockLength, out int consumed)
    {
        var span = buffer.WrittenSpan;
        if (!span.IsEmpty && _searched == 0 && span[0] is (byte)'\n' or (byte)'\r' && IsEmptyLine(span, 0, out consumed))
        {
            blockLength = 0;
            return true;
        }

        for (var at = _searched; ; at++)
        {
            var found = at < span.Length ? span[at..].IndexOf((byte)'\n') : -1;
            if (found < 0)
            {
                _searched = span.Length;
                break;
            }

            at += found;
            if (IsEmptyLine(span, at + 1, out consumed))
            {
                blockLength = at;
                return true;
            }

            if (at + 2 >= span.Length)
            {
                // The line that follows is not here yet: look at this line end again.
                _searched = at;
                break;
            }
        }

        blockLength = consumed = 0;
        return false;
    }

    private static bool IsEmptyLine(ReadOnlySpan<byte> span, int at, out int end)
    {
        var rest = span[Math.Min(at, span.Length)..];
        var length = rest.StartsWith("\n"u8) ? 1 : rest.StartsWith("\r\n"u8) ? 2 : 0;
        end = at + length;
        return length > 0;
    }

    private bool TryGetData(ReadOnlyMemory<byte> block, out ReadOnlyMemory<byte> data)
    {
        var count = 0;
        data = default;
        while (!block.IsEmpty)
        {
            var end = block.Span.IndexOf((byte)'\n');
            var line = end < 0 ? block : block[..end];
            block = end < 0 ? default : block[(end + 1)..];
            if (line.Span.EndsWith("\r"u8))
            {
                line = line[..^1];
            }

            if (!TryGetField(line, out var value))
            {
                continue;
            }

            count++;
            if (count == 1)
            {
                data = value;
                continue;
            }

            if (count == 2)
            {
                _joined.Clear();
                _joined.Write(data.Span);
            }

            // Several data lines make one text with line feeds between them.
            _joined.Write("\n"u8);
            _joined.Write(value.Span);
            data = _joined.Written;
        }

        return count > 0;
    }

    private static bool TryGetField(ReadOnlyMemory<byte> line, out ReadOnlyMemory<byte> value)
    {
        value = default;
        if (!line.Span.StartsWith("data"u8) || (line.Length > 4 && line.Span[4] != (byte)':'))
        {
            return false;
        }

        value = line.Length <= 5 ? default : line.Span[5] == (byte)' ' ? line[6..] : line[5..];
        return true;
    }
}
