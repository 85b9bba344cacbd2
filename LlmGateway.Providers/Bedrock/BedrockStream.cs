using System.Text;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Resilience;
using LlmGateway.Providers.Http;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Bedrock;

/// <summary>
/// The messages of <c>ConverseStream</c>, each turned into OpenAI chunks as it comes. The answer is whole when every block has ended and
/// <c>messageStop</c> has told why; the tokens follow in <c>metadata</c>, and the reason is passed on with them. Whatever ends before
/// <c>messageStop</c> was cut. Only tools announce their blocks; others begin with their first delta. The first chunk waits for the first block: until then a provider that is too busy can still
/// be told with a status.
/// </summary>
internal sealed class BedrockStream : UpstreamStream
{
    private readonly EventStreamReader _messages;
    private readonly PartChunkWriter _chunks;
    private PartUsage _usage;
    private string? _finishReason;
    private PartKind _block;
    private int _blockIndex = -1;
    private int _lastIndex = -1;
    private bool _hasStarted;
    private bool _hasRole;
    private bool _isWhole;
    private ReadOnlyMemory<byte> _lastChunk;

    /// <param name="client">Whose answer it is.</param>
    /// <param name="response">Owned by the stream.</param>
    /// <param name="deadline">Owned by the stream.</param>
    /// <param name="view">What was asked.</param>
    public BedrockStream(UpstreamClient client, HttpResponseMessage response, CallDeadline deadline, RequestView view)
        : base(client, response, deadline)
    {
        _messages = new EventStreamReader(Received);
        _chunks = new PartChunkWriter(view, client.Time.GetUtcNow().ToUnixTimeSeconds());
    }

    public override TokenUsage? Usage => _usage.Usage;

    public override string? FinishReason => _isWhole ? _finishReason : null;

    protected override ReadOnlyMemory<byte> LastChunk => _lastChunk;

    protected override ChunkResult ReadChunk(out ReadOnlyMemory<byte> chunk, out GatewayError? error)
    {
        error = null;
        while (!_chunks.Queue.TryTake(out chunk))
        {
            if (_isWhole)
            {
                return ChunkResult.End;
            }

            _chunks.Queue.Clear();
            switch (_messages.Read(out var message))
            {
                case EventStreamResult.None:
                    return ChunkResult.None;
                case EventStreamResult.Broken:
                    error = UpstreamFailure.Invalid(Provider, "a damaged stream");
                    return ChunkResult.Failed;
                default:
                    error = ReadMessage(message);
                    break;
            }

            if (error is not null)
            {
                return ChunkResult.Failed;
            }
        }

        return ChunkResult.Chunk;
    }

    /// <summary>The tokens are not what makes an answer whole: without <c>metadata</c> it lacks no word.</summary>
    protected override GatewayError? AtEnd()
    {
        if (_finishReason is null || Received.Length > 0)
        {
            return UpstreamFailure.Interrupted(Provider);
        }

        _isWhole = true;
        _chunks.Queue.Clear();
        _chunks.WriteFinish(_finishReason);
        _chunks.Queue.TryTake(out _lastChunk);
        return null;
    }

    protected override ValueTask ReleaseAsync()
    {
        _chunks.Queue.Dispose();
        return base.ReleaseAsync();
    }

    private GatewayError? ReadMessage(in EventStreamMessage message)
    {
        var type = message.Text(":message-type"u8);
        if (type.SequenceEqual("exception"u8))
        {
            return BedrockErrors.ReadException(Provider, Encoding.UTF8.GetString(message.Text(":exception-type"u8)), message.Payload);
        }

        if (type.SequenceEqual("error"u8))
        {
            var text = message.Text(":error-message"u8);
            return BedrockErrors.OfStream(
                Provider, Encoding.UTF8.GetString(message.Text(":error-code"u8)), text.IsEmpty ? null : Encoding.UTF8.GetString(text));
        }

        if (!type.SequenceEqual("event"u8) || !StreamEvent.TryRead(message.Text(":event-type"u8), message.Payload.Span, out var read))
        {
            return UpstreamFailure.Invalid(Provider, "a malformed event");
        }

        return read.Kind == EventKind.Other || Take(read, message.Payload.Span)
            ? null
            : UpstreamFailure.Invalid(Provider, "an event that does not fit those before it");
    }

    /// <summary>False when the event cannot stand where it stands.</summary>
    private bool Take(in StreamEvent read, ReadOnlySpan<byte> data)
    {
        if (!_hasStarted)
        {
            _hasStarted = true;
            return read.Kind == EventKind.MessageStart;
        }

        switch (read.Kind)
        {
            case EventKind.BlockStart when read.Part.Kind == PartKind.Unknown:
                return _blockIndex < 0 && read.Index > _lastIndex;
            case EventKind.BlockStart:
                return Begin(read, read.Part, data);
            case EventKind.BlockDelta:
                return TakeDelta(read, data);
            case EventKind.BlockStop:
                return Stop(read.Index);
            case EventKind.MessageStop:
                return Finish(read.FinishReason!);
            case EventKind.Metadata when _finishReason is not null:
                _usage = read.Usage;
                _chunks.WriteFinish(_finishReason);
                _chunks.WriteUsage(_usage);
                _isWhole = true;
                return true;
            default:
                return false;
        }
    }

    private bool TakeDelta(in StreamEvent read, ReadOnlySpan<byte> data)
    {
        if (read.Index == _blockIndex)
        {
            return _chunks.TryWriteDelta(_block, read.Part, data);
        }

        // The kind of what its first delta brings; a tool must have been announced.
        var kind = read.Part.Kind switch
        {
            PartKind.Text or PartKind.Citations => PartKind.Text,
            PartKind.Thinking or PartKind.Signature => PartKind.Thinking,
            PartKind.RedactedThinking => PartKind.RedactedThinking,
            _ => PartKind.Unknown,
        };
        var isWhole = kind == PartKind.RedactedThinking;
        return Begin(read, isWhole ? read.Part : new ContentPart { Kind = kind }, data) && (isWhole || _chunks.TryWriteDelta(kind, read.Part, data));
    }

    private bool Begin(in StreamEvent read, in ContentPart part, ReadOnlySpan<byte> data)
    {
        if (_blockIndex >= 0 || read.Index <= _lastIndex || _finishReason is not null)
        {
            return false;
        }

        WriteRole();
        _block = part.Kind;
        _blockIndex = _lastIndex = read.Index;
        return _chunks.TryBeginBlock(part, data);
    }

    /// <summary>A block that brought nothing has not begun, but ends all the same.</summary>
    private bool Stop(int index)
    {
        if (_blockIndex < 0 && index > _lastIndex)
        {
            _lastIndex = index;
            return _finishReason is null;
        }

        var isOpen = index == _blockIndex;
        _chunks.EndBlock(_block);
        _blockIndex = -1;
        return isOpen;
    }

    private void WriteRole()
    {
        if (!_hasRole)
        {
            _chunks.WriteRole();
        }

        _hasRole = true;
    }

    private bool Finish(string reason)
    {
        if (_blockIndex >= 0 || _finishReason is not null || reason == StopReasons.Unknown)
        {
            return false;
        }

        WriteRole();
        _finishReason = reason;
        return true;
    }
}
