using LlmGateway.Core.Errors;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Resilience;
using LlmGateway.Providers.Http;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Anthropic;

/// <summary>
/// A stream of events, each turned into OpenAI chunks as it comes. It is whole when every block has ended, the reason has been told and
/// <c>message_stop</c> has come; whatever ends before that was cut. The first chunk waits for the first block: until then an overloaded
/// provider can still be told with a status.
/// </summary>
internal sealed class AnthropicStream : TranslatedStream
{
    private readonly SseReader _events;
    private readonly PartChunkWriter _chunks;
    private PartUsage _usage;
    private string? _finishReason;
    private PartKind _block;
    private int _blockIndex = -1;
    private bool _hasStarted;
    private bool _hasRole;

    /// <param name="client">Whose answer it is.</param>
    /// <param name="response">Owned by the stream.</param>
    /// <param name="deadline">Owned by the stream.</param>
    /// <param name="view">What was asked.</param>
    public AnthropicStream(UpstreamClient client, HttpResponseMessage response, CallDeadline deadline, RequestView view)
        : base(client, response, deadline)
    {
        _events = new SseReader(Received);
        _chunks = new PartChunkWriter(view, client.Time.GetUtcNow().ToUnixTimeSeconds());
    }

    public override TokenUsage? Usage => _usage.Usage;

    public override string? FinishReason => IsDone ? _finishReason : null;

    protected override ChunkQueue Chunks => _chunks.Queue;

    protected override bool TryReadFrame(out ReadOnlyMemory<byte> frame) => _events.TryRead(out frame);

    protected override ValueTask ReleaseAsync()
    {
        _events.Dispose();
        return base.ReleaseAsync();
    }

    protected override GatewayError? ReadFrame(ReadOnlyMemory<byte> frame)
    {
        if (!StreamEvent.TryRead(frame.Span, out var read))
        {
            return UpstreamFailure.Invalid(Provider, "a malformed event");
        }

        if (read.Kind == EventKind.Error)
        {
            return AnthropicErrors.ReadInline(Provider, frame);
        }

        if (read.Kind == EventKind.Other)
        {
            return null;
        }

        return Take(read, frame.Span) ? null : UpstreamFailure.Invalid(Provider, "an event that does not fit those before it");
    }

    /// <summary>False when the event cannot stand where it stands.</summary>
    private bool Take(in StreamEvent read, ReadOnlySpan<byte> data)
    {
        if (!_hasStarted)
        {
            _hasStarted = true;
            _usage = read.Usage;
            return read.Kind == EventKind.MessageStart;
        }

        switch (read.Kind)
        {
            case EventKind.BlockStart:
                return _finishReason is null && Begin(read, data);
            case EventKind.BlockDelta:
                return read.Index == _blockIndex && _chunks.TryWriteDelta(_block, read.Part, data);
            case EventKind.BlockStop:
                var isOpen = read.Index == _blockIndex;
                _chunks.EndBlock(_block);
                _blockIndex = -1;
                return isOpen;
            case EventKind.MessageDelta:
                _usage.Update(read.Usage);
                _finishReason = read.Part.FinishReason ?? _finishReason;
                return _blockIndex < 0;
            case EventKind.MessageStop:
                return Finish();
            default:
                return false;
        }
    }

    private bool Begin(in StreamEvent read, ReadOnlySpan<byte> data)
    {
        if (_blockIndex >= 0)
        {
            return false;
        }

        WriteRole();
        _block = read.Part.Kind;
        _blockIndex = read.Index;
        return _chunks.TryBeginBlock(read.Part, data);
    }

    private void WriteRole()
    {
        if (!_hasRole)
        {
            _chunks.WriteRole();
        }

        _hasRole = true;
    }

    private bool Finish()
    {
        if (_blockIndex >= 0 || _finishReason is null or StopReasons.Unknown)
        {
            return false;
        }

        WriteRole();
        _chunks.WriteFinish(_finishReason);
        _chunks.WriteUsage(_usage);
        IsDone = true;
        return true;
    }
}
