using LlmGateway.Core.Errors;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Resilience;

namespace LlmGateway.Providers.Http;

/// <summary>
/// A whole answer that is too large to be held: passed on as it comes, checked on the way. Its last bytes are held back until the
/// verdict, so that nobody ever holds the whole of a document that is none.
/// </summary>
internal sealed class UpstreamDocument : UpstreamStream
{
    /// <summary>Held back until the end, in bytes: more than enough to keep every document open.</summary>
    private const int HeldBack = 16;

    private readonly AnswerScanner _scanner;
    private AnswerFacts _facts;

    /// <param name="client">Whose answer it is.</param>
    /// <param name="response">Owned by the document.</param>
    /// <param name="deadline">Owned by the document.</param>
    /// <param name="expected">What was asked for.</param>
    /// <param name="head">What has been read so far; owned by the document.</param>
    public UpstreamDocument(UpstreamClient client, HttpResponseMessage response, CallDeadline deadline, ExpectedAnswer expected, PooledBuffer head)
        : base(client, response, deadline, head)
    {
        _scanner = new AnswerScanner(expected);
        DocumentLength = response.Content.Headers.ContentLength;
    }

    public override bool IsDocument => true;

    public override long? DocumentLength { get; }

    public override TokenUsage? Usage => _facts.Usage;

    public override string? FinishReason => _facts.FinishReason;

    protected override int ReadSize => 64 * 1024;

    protected override ReadOnlyMemory<byte> LastChunk => Received.Written;

    protected override ChunkResult ReadChunk(out ReadOnlyMemory<byte> chunk, out GatewayError? error)
    {
        error = null;
        var ready = WholeCharacters(Received.WrittenSpan, Received.Length - HeldBack);
        chunk = ready > 0 ? Received.Written[..ready] : default;
        if (ready <= 0)
        {
            return ChunkResult.None;
        }

        _scanner.Feed(chunk.Span);
        Received.Consume(ready);
        if (_scanner.IsTooLarge)
        {
            error = Fault();
            return ChunkResult.Failed;
        }

        return ChunkResult.Chunk;
    }

    protected override GatewayError? AtEnd()
    {
        _scanner.Feed(Received.WrittenSpan);
        return Fault();
    }

    /// <summary>What is wrong with everything that has been read; null when it is an answer.</summary>
    private GatewayError? Fault()
    {
        _facts = _scanner.Judge();
        return _facts.Kind == AnswerKind.Answer ? null : UpstreamFailure.Invalid(Provider, _facts.Fault ?? "a malformed answer");
    }

    protected override ValueTask ReleaseAsync()
    {
        _scanner.Dispose();
        return base.ReleaseAsync();
    }

    /// <summary>The most bytes up to <paramref name="length"/> that end between two characters.</summary>
    private static int WholeCharacters(ReadOnlySpan<byte> text, int length)
    {
        for (var back = 0; back < 3 && length > 0 && (text[length] & 0xC0) == 0x80; back++)
        {
            length--;
        }

        return length;
    }
}
