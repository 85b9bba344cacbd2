using System.Buffers;
using LlmGateway.Contracts;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Routing;

namespace LlmGateway.Core.Resilience;

/// <summary>How a stream reaches the client.</summary>
public enum StreamMode
{
    /// <summary>Each chunk at once. Another target can only take over before the first.</summary>
    Passthrough,

    /// <summary>The beginning is held back for a bounded time and size, so that a stream that dies early is not noticed.</summary>
    Hold,

    /// <summary>Nothing is sent before the answer is whole.</summary>
    Buffered,
}

/// <summary>The names of stream modes in headers and configuration.</summary>
public static class StreamModes
{
    public static readonly string Names = "passthrough, hold, buffered";

    /// <summary>Null for anything that is no mode.</summary>
    public static StreamMode? Read(string? name) => name?.ToLowerInvariant() switch
    {
        "passthrough" => StreamMode.Passthrough,
        "hold" => StreamMode.Hold,
        "buffered" => StreamMode.Buffered,
        _ => null,
    };
}

/// <summary>A stream whose first chunks were taken before the client got any: gives them out, then goes on with the rest.</summary>
internal sealed class HeldStream : StreamAnswer
{
    private readonly StreamAnswer _inner;
    private readonly PooledBuffer _held = new();
    private readonly Queue<ByteRange> _chunks = new();
    private Task<StreamState>? _pending;
    private TokenUsage? _usage;
    private string? _finishReason;

    private HeldStream(StreamAnswer inner)
    {
        _inner = inner;
        State = StreamState.Ready;
        FirstChunkTimestamp = inner.FirstChunkTimestamp;
    }

    public override TokenUsage? Usage => IsWhole ? _usage : _inner.Usage;

    public override string? FinishReason => IsWhole ? _finishReason : _inner.FinishReason;

    public override int ChunksTaken => _inner.ChunksTaken;

    public override long HeldBytes => _held.Length;

    /// <summary>The whole answer is held, and the upstream call is over.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>Holds the stream back as its mode says. An <see cref="ErrorAnswer"/> when it failed while it was held.</summary>
    public static async ValueTask<GatewayAnswer> HoldAsync(StreamAnswer inner, StreamMode mode, RoutingOptions options, TimeProvider time, CancellationToken aborted)
    {
        var held = new HeldStream(inner);
        var error = await held.FillAsync(mode, options, time, aborted);
        if (error is null)
        {
            if (held._pending is { IsCompletedSuccessfully: true, Result: StreamState.Completed })
            {
                await held.LeaveInnerAsync();
            }

            return held;
        }

        await held.DisposeAsync();
        return new ErrorAnswer(error);
    }

    public override ValueTask<StreamState> WaitAsync()
    {
        if (_chunks.Count > 0)
        {
            State = StreamState.Ready;
            return ValueTask.FromResult(State);
        }

        return WaitInnerAsync();
    }

    public override bool TryRead(out ReadOnlyMemory<byte> chunk)
    {
        if (_chunks.TryDequeue(out var range))
        {
            chunk = _held.Written.Slice(range.Start, range.Length);
            return true;
        }

        if (_pending is null && State == StreamState.Ready)
        {
            return _inner.TryRead(out chunk);
        }

        chunk = default;
        return false;
    }

    public override void Abort() => _inner.Abort();

    protected override async ValueTask ReleaseAsync()
    {
        if (IsWhole)
        {
            _held.Dispose();
            return;
        }

        if (_pending is { } pending)
        {
            // The wait that was begun while the beginning was held fills the inner stream's memory: first it ends, then that goes back.
            _inner.Abort();
            await pending;
        }

        await _inner.DisposeAsync();
        _held.Dispose();
    }

    /// <summary>Nothing more comes: its connection and buffers do not wait for the client.</summary>
    private async ValueTask LeaveInnerAsync()
    {
        (_usage, _finishReason, IsWhole) = (_inner.Usage, _inner.FinishReason, true);
        await _inner.DisposeAsync();
    }

    private async ValueTask<StreamState> WaitInnerAsync()
    {
        var pending = _pending;
        _pending = null;
        State = pending is null ? await _inner.WaitAsync() : await pending;
        Error = _inner.Error;
        return State;
    }

    /// <summary>Takes chunks until enough are held or the stream has ended; the error when it failed, or is too large to be held whole.</summary>
    private async ValueTask<GatewayError?> FillAsync(StreamMode mode, RoutingOptions options, TimeProvider time, CancellationToken aborted)
    {
        var start = time.GetTimestamp();
        var most = mode == StreamMode.Hold ? options.HoldBytes : options.MaxBufferedBytes;
        while (true)
        {
            while (_inner.TryRead(out var chunk))
            {
                _chunks.Enqueue(new ByteRange(_held.Length, chunk.Length));
                _held.Write(chunk.Span);
                if (mode == StreamMode.Hold && _held.Length >= most)
                {
                    return null;
                }

                if (_held.Length > most)
                {
                    return new GatewayError(
                        GatewayErrorCode.UpstreamInvalidResponse, $"The streamed answer is larger than the {most} bytes that are held in mode 'buffered'.")
                    {
                        Param = GatewayHeaders.StreamMode,
                    };
                }
            }

            _pending = _inner.WaitAsync().AsTask();
            if (mode == StreamMode.Hold && !await EndsWithinAsync(_pending, options.HoldTime - time.GetElapsedTime(start), time, aborted))
            {
                // Long enough; what comes next is passed on as it comes.
                return null;
            }

            var state = await _pending;
            _pending = null;
            if (state != StreamState.Ready)
            {
                // Told again when the held chunks have been read.
                _pending = Task.FromResult(state);
                return _inner.Error;
            }
        }
    }

    private static async ValueTask<bool> EndsWithinAsync(Task waiting, TimeSpan bound, TimeProvider time, CancellationToken aborted)
    {
        if (waiting.IsCompleted)
        {
            return true;
        }

        if (bound <= TimeSpan.Zero)
        {
            return false;
        }

        try
        {
            await waiting.WaitAsync(bound, time, aborted);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
        catch (OperationCanceledException)
        {
            // The client has gone; the stream ends by itself, and with the right error.
            await waiting;
            return true;
        }
    }
}
