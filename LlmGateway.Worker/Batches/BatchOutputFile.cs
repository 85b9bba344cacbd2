using LlmGateway.Core.Protocol;
using LlmGateway.Data.Files;

namespace LlmGateway.Worker.Batches;

/// <summary>
/// A file of lines on its way into the store, in pieces of equal size. It is begun with its first line, so that a file without lines is
/// never made; one that is there whole already is left alone.
/// </summary>
internal sealed class BatchOutputFile(IFileStore files, StoredFile file, bool isThere) : IDisposable
{
    private const int PieceBytes = 256 * 1024;

    private readonly PooledBuffer _buffer = new();
    private int _pieces;
    private long _bytes;
    private bool _hasBegun;

    /// <summary>Where lines are written to.</summary>
    public PooledBuffer Buffer => _buffer;

    /// <summary>A line has been written to <see cref="Buffer"/>.</summary>
    public async ValueTask LineEndedAsync(CancellationToken cancellationToken)
    {
        if (isThere)
        {
            _buffer.Clear();
            return;
        }

        if (!_hasBegun)
        {
            await files.BeginAsync(file, cancellationToken);
            _hasBegun = true;
        }

        while (_buffer.Length >= PieceBytes)
        {
            await AppendAsync(PieceBytes, cancellationToken);
        }
    }

    /// <returns>The file's id; null when there was nothing to write.</returns>
    public async Task<string?> CompleteAsync(CancellationToken cancellationToken)
    {
        if (isThere)
        {
            return file.Id;
        }

        if (!_hasBegun)
        {
            return null;
        }

        if (_buffer.Length > 0)
        {
            await AppendAsync(_buffer.Length, cancellationToken);
        }

        await files.CompleteAsync(file.Id, _bytes, cancellationToken);
        return file.Id;
    }

    public void Dispose() => _buffer.Dispose();

    private async Task AppendAsync(int count, CancellationToken cancellationToken)
    {
        await files.AppendAsync(file.Id, _pieces++, _buffer.Written[..count], cancellationToken);
        _buffer.Consume(count);
        _bytes += count;
    }
}
