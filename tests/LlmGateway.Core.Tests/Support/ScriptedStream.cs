using System.Text;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Core.Tests.Support;

/// <summary>
/// A stream that a test feeds. Gives every chunk out in the same memory, as streams from a wire do, and notes whether it was treated
/// as a stream must be.
/// </summary>
internal sealed class ScriptedStream : StreamAnswer
{
    private readonly Lock _gate = new();
    private readonly Queue<string> _chunks = new();
    private readonly byte[] _memory = new byte[64 * 1024];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private (StreamState State, GatewayError? Error)? _end;
    private int _waiting;

    public override TokenUsage? Usage => Tokens;

    public override string? FinishReason => Reason;

    public TokenUsage? Tokens { get; set; }

    public string? Reason { get; set; }

    public int Disposals { get; private set; }

    /// <summary>Chunks that were taken.</summary>
    public int Taken { get; private set; }

    public bool WasAborted { get; private set; }

    /// <summary>It was disposed while somebody waited.</summary>
    public bool WasDisposedInAWait { get; private set; }

    public ScriptedStream Send(params string[] chunks)
    {
        lock (_gate)
        {
            foreach (var chunk in chunks)
            {
                _chunks.Enqueue(chunk);
            }

            Change();
        }

        return this;
    }

    public ScriptedStream Complete() => End(StreamState.Completed, null);

    public ScriptedStream Fail(GatewayErrorCode code = GatewayErrorCode.UpstreamInterrupted) => End(StreamState.Failed, new GatewayError(code, "broken"));

    public override void Abort()
    {
        WasAborted = true;
        Fail(GatewayErrorCode.ClientClosedRequest);
    }

    public override async ValueTask<StreamState> WaitAsync()
    {
        Interlocked.Increment(ref _waiting);
        try
        {
            while (true)
            {
                Task changed;
                lock (_gate)
                {
                    if (_chunks.Count > 0)
                    {
                        return State = StreamState.Ready;
                    }

                    if (_end is { } end)
                    {
                        Error = end.Error;
                        return State = end.State;
                    }

                    changed = _changed.Task;
                }

                await changed;
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    public override bool TryRead(out ReadOnlyMemory<byte> chunk)
    {
        lock (_gate)
        {
            if (!_chunks.TryDequeue(out var text))
            {
                chunk = default;
                return false;
            }

            Taken++;
            _memory.AsSpan().Fill((byte)'#');
            chunk = _memory.AsMemory(0, Encoding.UTF8.GetBytes(text, _memory));
            return true;
        }
    }

    protected override ValueTask ReleaseAsync()
    {
        Disposals++;
        WasDisposedInAWait |= Volatile.Read(ref _waiting) > 0;
        return ValueTask.CompletedTask;
    }

    private ScriptedStream End(StreamState state, GatewayError? error)
    {
        lock (_gate)
        {
            _end ??= (state, error);
            Change();
        }

        return this;
    }

    private void Change()
    {
        _changed.TrySetResult();
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
