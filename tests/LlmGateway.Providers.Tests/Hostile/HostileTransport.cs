using System.Net;

namespace LlmGateway.Providers.Tests.Hostile;

/// <summary>A server in memory: answers each call with what a test says, and knows whether every answer was let go again.</summary>
internal sealed class HostileTransport : HttpMessageHandler
{
    private int _open;

    /// <summary>Status, media type and the bytes of the next answer; the connection may break behind them.</summary>
    public (HttpStatusCode Status, string MediaType, byte[] Body, bool IsBroken) Next { get; set; }

    /// <summary>Sizes of the pieces in which bodies come.</summary>
    public Random Random { get; set; } = new(1);

    /// <summary>Answers that are still held.</summary>
    public int Open => _open;

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _open);
        var body = new Body(Next.Body, Next.IsBroken, Random, this);
        var response = new HttpResponseMessage(Next.Status) { Content = new StreamContent(body), RequestMessage = request };
        response.Content.Headers.TryAddWithoutValidation("Content-Type", Next.MediaType);
        return Task.FromResult(response);
    }

    private sealed class Body(byte[] bytes, bool isBroken, Random random, HostileTransport transport) : Stream
    {
        private int _position;
        private bool _isDisposed;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            var left = bytes.Length - _position;
            if (left == 0)
            {
                return isBroken ? throw new IOException("The connection was cut.") : 0;
            }

            var count = Math.Min(Math.Min(left, buffer.Length), random.Next(3) == 0 ? random.Next(1, 40) : int.MaxValue);
            bytes.AsSpan(_position, count).CopyTo(buffer);
            _position += count;
            return count;
        }

        protected override void Dispose(bool disposing)
        {
            if (!_isDisposed)
            {
                _isDisposed = true;
                Interlocked.Decrement(ref transport._open);
            }

            base.Dispose(disposing);
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
