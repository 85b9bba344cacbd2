using System.Net;
using System.Net.Http.Headers;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Providers.Http;

/// <summary>A JSON request body made of a document with some stretches replaced, written without joining the pieces first.</summary>
internal sealed class SplicedContent : HttpContent
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");
    private readonly ReadOnlyMemory<byte>[] _pieces;

    /// <param name="document">The document.</param>
    /// <param name="edits">In the order of their place; an empty range inserts.</param>
    public SplicedContent(ReadOnlyMemory<byte> document, params ReadOnlySpan<(ByteRange Range, ReadOnlyMemory<byte> Replacement)> edits)
    {
        _pieces = new ReadOnlyMemory<byte>[(2 * edits.Length) + 1];
        var position = 0;
        for (var i = 0; i < edits.Length; i++)
        {
            _pieces[2 * i] = document[position..edits[i].Range.Start];
            _pieces[(2 * i) + 1] = edits[i].Replacement;
            position = edits[i].Range.End;
        }

        _pieces[^1] = document[position..];
        Headers.ContentType = Json;
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        foreach (var piece in _pieces)
        {
            length += piece.Length;
        }

        return true;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        foreach (var piece in _pieces)
        {
            if (!piece.IsEmpty)
            {
                await stream.WriteAsync(piece, cancellationToken);
            }
        }
    }
}
