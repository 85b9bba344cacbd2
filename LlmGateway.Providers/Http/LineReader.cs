using LlmGateway.Core.Protocol;

namespace LlmGateway.Providers.Http;

/// <summary>Cuts the lines of newline-delimited JSON out of a buffer; what was searched once is not searched again.</summary>
internal sealed class LineReader(PooledBuffer buffer)
{
    private int _searched;

    /// <summary>
    /// Takes the next complete line that is not blank, without its end. The memory is valid until the next call or the next write
    /// to the buffer.
    /// </summary>
    public bool TryRead(out ReadOnlyMemory<byte> line)
    {
        while (true)
        {
            var found = buffer.WrittenSpan[_searched..].IndexOf((byte)'\n');
            if (found < 0)
            {
                _searched = buffer.Length;
                line = default;
                return false;
            }

            var length = _searched + found;
            line = buffer.Written[..length];
            buffer.Consume(length + 1);
            _searched = 0;
            if (!line.Span.Trim(" \t\r"u8).IsEmpty)
            {
                return true;
            }
        }
    }
}
