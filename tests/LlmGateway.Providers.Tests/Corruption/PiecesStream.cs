namespace LlmGateway.Providers.Tests.Corruption;

/// <summary>A body that arrives in pieces of random sizes, always at once, and may break at its end.</summary>
internal sealed class PiecesStream(byte[] bytes, bool isBroken, Random random) : Stream
{
    private readonly int _most = random.Next(4) switch { 0 => 1, 1 => 7, 2 => 100, _ => int.MaxValue };
    private int _position;

    /// <summary>Reads that found the end; a reader that goes on reading there would never stop.</summary>
    public int ReadsAtTheEnd { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => Task.FromResult(Read(buffer.AsSpan(offset, count)));

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        var left = bytes.Length - _position;
        if (left == 0)
        {
            ReadsAtTheEnd++;
            return isBroken ? throw new IOException("The connection was cut.") : 0;
        }

        var count = Math.Min(Math.Min(left, buffer.Length), _most == int.MaxValue ? int.MaxValue : random.Next(1, _most + 1));
        bytes.AsSpan(_position, count).CopyTo(buffer);
        _position += count;
        return count;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
