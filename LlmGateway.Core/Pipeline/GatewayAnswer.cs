using LlmGateway.Core.Errors;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Core.Pipeline;

/// <summary>What the spine gives back for a request: an error, a whole document, or a stream of chunks.</summary>
public abstract class GatewayAnswer : IAsyncDisposable
{
    public abstract ValueTask DisposeAsync();
}

/// <summary>The request failed before any part of an answer was available.</summary>
public sealed class ErrorAnswer(GatewayError error) : GatewayAnswer
{
    public GatewayError Error { get; } = error;

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>A whole answer document, checked to be one.</summary>
/// <param name="body">OpenAI JSON; given back to its pool when the answer is disposed.</param>
/// <param name="usage">Token counts, where the provider told them.</param>
/// <param name="finishReason">Of the last choice; null for embeddings.</param>
public sealed class JsonAnswer(PooledBuffer body, TokenUsage? usage, string? finishReason) : GatewayAnswer
{
    public ReadOnlyMemory<byte> Body => body.Written;

    public TokenUsage? Usage { get; } = usage;

    public string? FinishReason { get; } = finishReason;

    public override ValueTask DisposeAsync()
    {
        body.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>Where a stream stands after waiting.</summary>
public enum StreamState
{
    /// <summary>At least one chunk can be taken with <see cref="StreamAnswer.TryRead"/>.</summary>
    Ready,

    /// <summary>The answer is whole; nothing follows.</summary>
    Completed,

    /// <summary>The answer broke off; <see cref="StreamAnswer.Error"/> says why. What was read must not be taken for an answer.</summary>
    Failed,
}

/// <summary>
/// A streamed answer: OpenAI chunk documents, one at a time, without the framing of any transport. Take chunks with
/// <see cref="TryRead"/> until it returns false, then wait. One reader only.
/// </summary>
public abstract class StreamAnswer : GatewayAnswer
{
    private Action<StreamAnswer>? _ended;

    /// <summary>Where the stream stood after the last wait.</summary>
    public StreamState State { get; protected set; }

    /// <summary>Why the stream failed; set with <see cref="StreamState.Failed"/>.</summary>
    public GatewayError? Error { get; protected set; }

    /// <summary>Timestamp of the first chunk; 0 before it.</summary>
    public long FirstChunkTimestamp { get; protected set; }

    /// <summary>
    /// The chunks are pieces of one document that is too large to be held, not documents of their own. When such an answer fails, what
    /// was passed on must be broken off.
    /// </summary>
    public virtual bool IsDocument => false;

    /// <summary>Bytes of the whole document, where known.</summary>
    public virtual long? DocumentLength => null;

    /// <summary>Chunks that were taken so far, where they are counted.</summary>
    public virtual int ChunksTaken => 0;

    /// <summary>Bytes of the answer that wait in memory for the client.</summary>
    public virtual long HeldBytes => 0;

    /// <summary>Token counts known so far.</summary>
    public abstract TokenUsage? Usage { get; }

    /// <summary>Finish reason known so far.</summary>
    public abstract string? FinishReason { get; }

    /// <summary>Waits for the next chunk or the end. Never throws; completes synchronously when it can.</summary>
    public abstract ValueTask<StreamState> WaitAsync();

    /// <summary>Takes the next chunk; the memory is valid until the next <see cref="WaitAsync"/> or <see cref="TryRead"/>.</summary>
    public abstract bool TryRead(out ReadOnlyMemory<byte> chunk);

    /// <summary>
    /// Has a wait that is under way end soon. A stream must not be disposed during a wait, which still fills its memory; one whose waits
    /// can be long overrides this.
    /// </summary>
    public virtual void Abort()
    {
    }

    /// <summary>Calls <paramref name="ended"/> once when the stream is disposed, whether it completed, failed or was left early.</summary>
    public void OnEnded(Action<StreamAnswer> ended) => _ended += ended;

    public sealed override async ValueTask DisposeAsync()
    {
        await ReleaseAsync();
        Interlocked.Exchange(ref _ended, null)?.Invoke(this);
    }

    /// <summary>Gives up the upstream call and every buffer.</summary>
    protected abstract ValueTask ReleaseAsync();
}
