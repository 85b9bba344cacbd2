using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.BedrockProxy;

/// <summary>The stream of an answer that came as a whole: all of its text in one chunk.</summary>
internal sealed class ProxyStream : StreamAnswer
{
    private readonly PartChunkWriter _chunks;
    private readonly ProxyReply _reply;
    private ReadOnlyMemory<byte> _next;
    private bool _hasNext;

    private ProxyStream(PartChunkWriter chunks, ProxyReply reply, long firstChunk)
    {
        _chunks = chunks;
        _reply = reply;
        FirstChunkTimestamp = firstChunk;
        _hasNext = chunks.Queue.TryTake(out _next);
    }

    public override TokenUsage? Usage => _reply.Usage.Usage;

    public override string? FinishReason => _reply.FinishReason;

    /// <param name="view">What was asked.</param>
    /// <param name="reply">The answer.</param>
    /// <param name="created">Unix time in seconds.</param>
    /// <param name="time">Clock.</param>
    public static ProxyStream Create(RequestView view, ProxyReply reply, long created, TimeProvider time)
    {
        var chunks = new PartChunkWriter(view, created);
        chunks.WriteRole();
        chunks.TryBeginBlock(reply.Part, reply.Text);
        chunks.WriteFinish(reply.FinishReason);
        if (reply.Usage.Usage is not null)
        {
            chunks.WriteUsage(reply.Usage);
        }

        return new ProxyStream(chunks, reply, time.GetTimestamp());
    }

    public override ValueTask<StreamState> WaitAsync()
    {
        State = _hasNext ? StreamState.Ready : StreamState.Completed;
        return ValueTask.FromResult(State);
    }

    public override bool TryRead(out ReadOnlyMemory<byte> chunk)
    {
        chunk = _next;
        var has = _hasNext;
        _hasNext = _hasNext && _chunks.Queue.TryTake(out _next);
        return has;
    }

    protected override ValueTask ReleaseAsync()
    {
        _chunks.Queue.Dispose();
        return ValueTask.CompletedTask;
    }
}
