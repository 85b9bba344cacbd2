using LlmGateway.Core.Protocol;
using LlmGateway.Data.Files;

namespace LlmGateway.Worker.Batches;

/// <summary>
/// A file of lines on its way into the store, in pieces of equal size. It is begun with its first line, so that a file without lines is
/// never made; one that is there whole already is left alone.
/// </summary>
internal sealed class BatchOutputFile(IFileStore files, StoredFile file, bool isThere, StoreRetry retry) : IDisposable
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
            await RunAsync(token => files.BeginAsync(file, token), cancellationToken);
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

        await retry.RunAsync(token => files.CompleteAsync(file.Id, _bytes, token), cancellationToken);
        return file.Id;
    }

    public void Dispose() => _buffer.Dispose();

    private async Task AppendAsync(int count, CancellationToken cancellationToken)
    {
        // Of a piece whose store did not answer nobody knows whether it is there; where it is, the store refuses it and the file begins anew.
        var ordinal = _pieces++;
        await RunAsync(token => files.AppendAsync(file.Id, ordinal, _buffer.Written[..count], token), cancellationToken);
        _buffer.Consume(count);
        _bytes += count;
    }

    private Task RunAsync(Func<CancellationToken, Task> call, CancellationToken cancellationToken) => retry.RunAsync(
        async token =>
        {
            await call(token);
            return true;
        },
        cancellationToken);
}
