using LlmGateway.Core.Protocol;

namespace LlmGateway.Worker.Batches;

/// <summary>The lines of a file that is read piece by piece. Holds one piece and, where a line spans pieces, that line.</summary>
/// <param name="read">A piece of the file by its number from 0; null behind the last.</param>
/// <param name="maxLineBytes">Longer lines are not held.</param>
internal sealed class BatchFileLines(Func<int, CancellationToken, Task<byte[]?>> read, int maxLineBytes) : IDisposable
{
    private readonly PooledBuffer _held = new();
    private ReadOnlyMemory<byte> _piece;
    private int _ordinal;

    /// <summary>Of the line that was read last, from 1.</summary>
    public int Number { get; private set; }

    /// <summary>The line without its end; valid until the next one is read.</summary>
    public ReadOnlyMemory<byte> Line { get; private set; }

    /// <summary>The line is longer than is held; <see cref="Line"/> is empty.</summary>
    public bool IsTooLong { get; private set; }

    /// <summary>There is no further piece.</summary>
    public bool HasEnded { get; private set; }

    private static ReadOnlySpan<byte> Bom => [0xEF, 0xBB, 0xBF];

    /// <summary>Reads the next line.</summary>
    /// <returns>False when there is none.</returns>
    public async ValueTask<bool> MoveAsync(CancellationToken cancellationToken)
    {
        _held.Clear();
        IsTooLong = false;
        var hasBegun = false;
        while (true)
        {
            if (_piece.IsEmpty)
            {
                if (HasEnded || await read(_ordinal, cancellationToken) is not { } next)
                {
                    HasEnded = true;
                    return hasBegun && Take(default);
                }

                _ordinal++;
                _piece = next;
                continue;
            }

            hasBegun = true;
            var end = _piece.Span.IndexOf((byte)'\n');
            var part = end < 0 ? _piece : _piece[..end];
            _piece = end < 0 ? default : _piece[(end + 1)..];
            if (end >= 0)
            {
                return Take(part);
            }

            Hold(part);
        }
    }

    public void Dispose() => _held.Dispose();

    private bool Take(ReadOnlyMemory<byte> rest)
    {
        Number++;
        var line = rest;
        if (_held.Length > 0 || IsTooLong)
        {
            Hold(rest);
            line = _held.Written;
        }

        if (Number == 1 && line.Span.StartsWith(Bom))
        {
            line = line[Bom.Length..];
        }

        if (line.Length > 0 && line.Span[^1] == '\r')
        {
            line = line[..^1];
        }

        IsTooLong |= line.Length > maxLineBytes;
        Line = IsTooLong ? default : line;
        return true;
    }

    private void Hold(ReadOnlyMemory<byte> part)
    {
        // Room for the mark at the beginning and the carriage return, which do not count.
        IsTooLong |= _held.Length + part.Length > maxLineBytes + Bom.Length + 1;
        if (IsTooLong)
        {
            _held.Clear();
            return;
        }

        part.Span.CopyTo(_held.GetSpan(part.Length));
        _held.Advance(part.Length);
    }
}
