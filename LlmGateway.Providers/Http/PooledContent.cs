using System.Net;
using System.Net.Http.Headers;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Providers.Http;

/// <summary>A JSON request body in pooled memory, which goes back to its pool when the content is disposed.</summary>
internal sealed class PooledContent : HttpContent
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");
    private readonly PooledBuffer _document;

    public PooledContent(PooledBuffer document)
    {
        _document = document;
        Headers.ContentType = Json;
    }

    /// <summary>The body as it is sent.</summary>
    public ReadOnlySpan<byte> Written => _document.WrittenSpan;

    protected override bool TryComputeLength(out long length)
    {
        length = _document.Length;
        return true;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        stream.WriteAsync(_document.Written, cancellationToken).AsTask();

    protected override void Dispose(bool disposing)
    {
        _document.Dispose();
        base.Dispose(disposing);
    }
}
