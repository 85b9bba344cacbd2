using System.Runtime.CompilerServices;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Resilience;

namespace LlmGateway.Providers.Http;

/// <summary>
/// A streamed answer that is read from an upstream response: owns the response, its deadline and one buffer. A dialect says how
/// chunks are cut out of the bytes (<see cref="ReadChunk"/>) and whether the end was one (<see cref="AtEnd"/>).
/// </summary>
internal abstract class UpstreamStream(UpstreamClient client, HttpResponseMessage response, CallDeadline deadline, PooledBuffer? received = null) : StreamAnswer
{
    /// <summary>The largest chunk that is accepted, in bytes. More is no chunk of an answer but a fault or an attack.</summary>
    private const int MaxChunkBytes = 16 * 1024 * 1024;

    private Stream? _stream;
    private ReadOnlyMemory<byte> _next;
    private bool _hasNext;
    private bool _ended;
    private GatewayError? _failure;
    private int _chunks;

    /// <summary>What has been received and not yet cut into chunks.</summary>
    protected PooledBuffer Received { get; } = received ?? new PooledBuffer();

    /// <summary>The least room for one read, in bytes.</summary>
    protected virtual int ReadSize => 1024;

    /// <summary>What is still to be passed on when <see cref="AtEnd"/> has found the answer whole.</summary>
    protected virtual ReadOnlyMemory<byte> LastChunk => default;

    /// <summary>Nothing is still to come that the answer needs: its end marker is waited for only a moment.</summary>
    protected virtual bool LacksOnlyItsEnd => false;

    protected string Provider => client.Provider;

    public sealed override ValueTask<StreamState> WaitAsync() =>
        _hasNext || TryAdvance() ? ValueTask.FromResult(State) : ReceiveAsync();

    public sealed override bool TryRead(out ReadOnlyMemory<byte> chunk)
    {
        if (!_hasNext && (!TryAdvance() || !_hasNext))
        {
            chunk = default;
            return false;
        }

        _hasNext = false;
        _chunks++;
        chunk = _next;
        return true;
    }

    public sealed override int ChunksTaken => _chunks;

    public sealed override void Abort() => deadline.Abort();

    protected override ValueTask ReleaseAsync()
    {
        // The response first: it aborts the connection of a stream that was left early.
        response.Dispose();
        deadline.Dispose();
        Received.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Cuts the next chunk out of <see cref="Received"/>; the memory stays valid until the next call.</summary>
    protected abstract ChunkResult ReadChunk(out ReadOnlyMemory<byte> chunk, out GatewayError? error);

    /// <summary>Called once when the upstream has ended its response: null when the answer is whole, else the error.</summary>
    protected abstract GatewayError? AtEnd();

    /// <summary>What <see cref="ReadChunk"/> found.</summary>
    protected enum ChunkResult
    {
        /// <summary>More bytes are needed.</summary>
        None,
        Chunk,

        /// <summary>The dialect's end marker, after a whole answer.</summary>
        End,
        Failed,
    }

    /// <summary>Looks for a chunk or the end in what has been received; false when more must be received first.</summary>
    private bool TryAdvance()
    {
        if (_failure is not null)
        {
            Fail(_failure);
            return true;
        }

        if (_ended)
        {
            State = StreamState.Completed;
            return true;
        }

        switch (ReadChunk(out _next, out var error))
        {
            case ChunkResult.Chunk:
                _hasNext = true;
                State = StreamState.Ready;
                if (FirstChunkTimestamp == 0)
                {
                    FirstChunkTimestamp = client.Time.GetTimestamp();
                    // The bound of the first token has done its work; without this it would strike a client that reads slowly.
                    deadline.StopWaiting();
                }

                return true;
            case ChunkResult.End:
                _ended = true;
                State = StreamState.Completed;
                return true;
            case ChunkResult.Failed:
                Fail(error!);
                return true;
            default:
                return false;
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<StreamState> ReceiveAsync()
    {
        try
        {
            _stream ??= await response.Content.ReadAsStreamAsync(deadline.Token);
            do
            {
                if (Received.Length > MaxChunkBytes)
                {
                    Fail(UpstreamFailure.Invalid(Provider, $"a chunk of more than {MaxChunkBytes / 1024 / 1024} MiB"));
                    break;
                }

                BeginWaiting();
                var read = await _stream.ReadAsync(Received.GetMemory(ReadSize), deadline.Token);
                if (FirstChunkTimestamp != 0)
                {
                    deadline.StopWaiting();
                }

                if (read == 0)
                {
                    Finish();
                    break;
                }

                Received.Advance(read);
            }
            while (!TryAdvance());
        }
        catch (Exception) when (deadline.End == CallEnd.StreamEnd)
        {
            Finish();
        }
        catch (Exception e) when (UpstreamFailure.IsExpected(e))
        {
            Fail(UpstreamFailure.ToError(e, Provider, deadline));
        }

        return State;
    }

    private void BeginWaiting()
    {
        if (LacksOnlyItsEnd)
        {
            deadline.StartStreamEnd();
        }
        else if (FirstChunkTimestamp != 0)
        {
            // Until the first chunk the first-token bound runs on.
            deadline.StartIdle();
        }
    }

    private void Finish()
    {
        _failure = AtEnd();
        _ended = _failure is null;
        if (_ended && !LastChunk.IsEmpty)
        {
            (_next, _hasNext, State) = (LastChunk, true, StreamState.Ready);
            return;
        }

        TryAdvance();
    }

    private void Fail(GatewayError error)
    {
        _failure = error = error.ForLog is null ? client.Public(error) : error;
        Error = error;
        State = StreamState.Failed;
    }
}
