using LlmGateway.Core.Errors;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Providers;
using LlmGateway.Core.Resilience;
using LlmGateway.Providers.Http;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Ollama;

/// <summary>
/// A stream of JSON lines, each turned into OpenAI chunks as it comes. It is whole when a line with <c>done: true</c> has come and its
/// counts give no sign of a shortened prompt; whatever ends before that was cut.
/// </summary>
internal sealed class OllamaStream : TranslatedStream
{
    private readonly ProviderCall _call;
    private readonly ContextGuard _guard;
    private readonly LineReader _lines;
    private readonly ChunkWriter _chunks;
    private bool _hasBegun;
    private bool _hasReply;
    private TokenUsage? _usage;
    private string? _finishReason;

    /// <param name="client">Whose answer it is.</param>
    /// <param name="response">Owned by the stream.</param>
    /// <param name="deadline">Owned by the stream.</param>
    /// <param name="call">What was asked.</param>
    /// <param name="guard">Judges the counts at the end.</param>
    public OllamaStream(UpstreamClient client, HttpResponseMessage response, CallDeadline deadline, ProviderCall call, ContextGuard guard)
        : base(client, response, deadline)
    {
        _call = call;
        _guard = guard;
        _lines = new LineReader(Received);
        _chunks = new ChunkWriter(call.View, client.Time.GetUtcNow().ToUnixTimeSeconds());
    }

    public override TokenUsage? Usage => _usage;

    public override string? FinishReason => _finishReason;

    protected override ChunkQueue Chunks => _chunks.Queue;

    protected override bool TryReadFrame(out ReadOnlyMemory<byte> frame) => _lines.TryRead(out frame);

    protected override GatewayError? ReadFrame(ReadOnlyMemory<byte> frame)
    {
        if (!OllamaReply.TryRead(frame.Span, out var reply))
        {
            return UpstreamFailure.Invalid(Provider, "a malformed line");
        }

        if (reply.IsError)
        {
            return OllamaErrors.Translate(UpstreamErrorReader.ReadInline(Provider, frame), _call);
        }

        if (!_hasBegun && _call.View.Operation == Operation.Chat)
        {
            _chunks.WriteRole();
        }

        _hasBegun = true;
        _hasReply |= reply.HasReply;
        if (!_chunks.TryWriteDelta(frame, reply))
        {
            return UpstreamFailure.Invalid(Provider, "a malformed line");
        }

        return reply.IsDone ? Finish(reply) : null;
    }

    private GatewayError? Finish(in OllamaReply reply)
    {
        _usage = reply.Metrics.Usage;
        if (_guard.Check(reply.Metrics) is { } truncated)
        {
            return truncated;
        }

        if (AnswerParts.FinishReason(reply.DoneReason, _chunks.HasToolCalls) is not { } reason)
        {
            return UpstreamFailure.Invalid(Provider, "an answer that ended for an unknown reason");
        }

        if (!_hasReply)
        {
            return UpstreamFailure.Invalid(Provider, "an answer without a message");
        }

        _finishReason = reason;
        _chunks.WriteFinish(reason);
        _chunks.WriteUsage(reply.Metrics);
        IsDone = true;
        return null;
    }
}
