using LlmGateway.Core.Errors;
using LlmGateway.Core.Providers;

namespace LlmGateway.Core.Resilience;

/// <summary>What cancelled an upstream call.</summary>
public enum CallEnd
{
    None,

    /// <summary>Nobody waits for the answer any more.</summary>
    Aborted,
    FirstToken,

    /// <summary>No byte of an answer that is not streamed.</summary>
    FirstByte,
    Idle,

    /// <summary>Nothing that was needed was still to come.</summary>
    StreamEnd,
    Total,
}

/// <summary>
/// The time bounds of one upstream call. One timer serves all of them: progress only moves a timestamp, and the timer re-arms
/// itself when it finds that it fired too early. So a chunk costs one clock reading and no timer operation.
/// </summary>
public sealed class CallDeadline : IDisposable
{
    private readonly TimeProvider _time;
    private readonly ProviderTimeouts _timeouts;

    // Not disposed: it owns neither a timer nor a wait handle, and a late timer callback may still cancel it.
    private readonly CancellationTokenSource _source = new();
    private readonly CancellationTokenRegistration _abortion;
    private readonly ITimer _timer;
    private readonly long _totalEnd;
    private readonly long _firstEnd;
    private long _waitEnd;
    private long _streamEnd;
    private long _pausedAt;
    private long _paused;
    private readonly CallEnd _firstKind;
    private CallEnd _waitKind;
    private int _end;

    /// <param name="time">Clock and timers.</param>
    /// <param name="timeouts">The bounds.</param>
    /// <param name="streamed">The bound of the first token holds, otherwise that of the first byte.</param>
    /// <param name="aborted">Fires when nobody waits for the answer any more.</param>
    public CallDeadline(TimeProvider time, ProviderTimeouts timeouts, bool streamed, CancellationToken aborted)
    {
        _time = time;
        _timeouts = timeouts;
        var now = time.GetTimestamp();
        _totalEnd = now + ToTimestamp(timeouts.Total);
        _waitKind = _firstKind = streamed ? CallEnd.FirstToken : CallEnd.FirstByte;
        _waitEnd = _firstEnd = now + ToTimestamp(streamed ? timeouts.FirstToken : timeouts.FirstByte);
        // Armed only when the field is set: a callback that comes first would have nothing to re-arm.
        _timer = time.CreateTimer(static state => ((CallDeadline)state!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(NextCheck(now), Timeout.InfiniteTimeSpan);
        _abortion = aborted.UnsafeRegister(static state => ((CallDeadline)state!).Cancel(CallEnd.Aborted), this);
    }

    /// <summary>Cancelled when a bound has passed or the client has gone.</summary>
    public CancellationToken Token => _source.Token;

    public CallEnd End => (CallEnd)Volatile.Read(ref _end);

    /// <summary>Call before waiting for more once the first bytes of the answer have arrived.</summary>
    public void StartIdle()
    {
        _waitKind = CallEnd.Idle;
        var now = _time.GetTimestamp();
        EndPause(now);
        Volatile.Write(ref _waitEnd, now + ToTimestamp(_timeouts.Idle));
    }

    /// <summary>Call before the request is sent once more: its answer is waited for until the bound that holds since the call began.</summary>
    public void Resume()
    {
        _waitKind = _firstKind;
        Volatile.Write(ref _waitEnd, _firstEnd);
        _timer.Change(NextCheck(_time.GetTimestamp()), Timeout.InfiniteTimeSpan);
    }

    /// <summary>
    /// Call before waiting for the end of a stream that lacks nothing else. What comes instead of the end, such as comments, does not make
    /// the wait longer.
    /// </summary>
    public void StartStreamEnd()
    {
        var now = _time.GetTimestamp();
        EndPause(now);
        if (_waitKind != CallEnd.StreamEnd)
        {
            _waitKind = CallEnd.StreamEnd;
            _streamEnd = now + ToTimestamp(_timeouts.StreamEnd);
        }

        Volatile.Write(ref _waitEnd, _streamEnd);
        _timer.Change(NextCheck(now), Timeout.InfiniteTimeSpan);
    }

    /// <summary>Call when bytes have arrived: the time a slow client takes is not the provider's.</summary>
    public void StopWaiting()
    {
        Volatile.Write(ref _pausedAt, _time.GetTimestamp());
        Volatile.Write(ref _waitEnd, long.MaxValue);
    }

    /// <summary>Ends the call as if the client had gone.</summary>
    public void Abort() => Cancel(CallEnd.Aborted);

    /// <summary>What to tell the client about <see cref="End"/>.</summary>
    public GatewayError ToError(string provider) => End switch
    {
        CallEnd.FirstToken => TimedOut(provider, "sent no first token within", _timeouts.FirstToken),
        CallEnd.FirstByte => TimedOut(provider, "sent nothing within", _timeouts.FirstByte),
        CallEnd.Idle => TimedOut(provider, "sent nothing more for", _timeouts.Idle),
        CallEnd.Total when IsClientsDelay() => new GatewayError(
            GatewayErrorCode.RequestTimeout, FormattableString.Invariant($"The answer was not read within {_timeouts.Total.TotalSeconds:0.###} s.")),
        CallEnd.Total => TimedOut(provider, "did not finish within", _timeouts.Total),
        _ => new GatewayError(GatewayErrorCode.ClientClosedRequest, "The client closed the request."),
    };

    public void Dispose()
    {
        _abortion.Dispose();
        _timer.Dispose();
    }

    /// <summary>Whether the greater part of the time went by while the provider had sent something that the client had not taken yet.</summary>
    private bool IsClientsDelay()
    {
        EndPause(_time.GetTimestamp());
        return 2 * _paused > ToTimestamp(_timeouts.Total);
    }

    private void EndPause(long now)
    {
        if (Interlocked.Exchange(ref _pausedAt, 0) is > 0 and var since)
        {
            _paused += now - since;
        }
    }

    private static GatewayError TimedOut(string provider, string what, TimeSpan bound) =>
        new(GatewayErrorCode.UpstreamTimeout, FormattableString.Invariant($"Provider '{provider}' {what} {bound.TotalSeconds:0.###} s."));

    private void OnTimer()
    {
        var now = _time.GetTimestamp();
        if (now >= _totalEnd)
        {
            Cancel(CallEnd.Total);
        }
        else if (now >= Volatile.Read(ref _waitEnd))
        {
            Cancel(_waitKind);
        }
        else
        {
            _timer.Change(NextCheck(now), Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>
    /// Never later than one idle bound from now: an idle wait that starts after this check ends after the next one, which then
    /// arms for its exact end.
    /// </summary>
    private TimeSpan NextCheck(long now)
    {
        var next = Math.Min(Math.Min(_totalEnd, Volatile.Read(ref _waitEnd)), now + ToTimestamp(_timeouts.Idle));
        var delay = _time.GetElapsedTime(now, next);
        return delay < TimeSpan.FromMilliseconds(1) ? TimeSpan.FromMilliseconds(1) : delay;
    }

    private void Cancel(CallEnd end)
    {
        if (Interlocked.CompareExchange(ref _end, (int)end, (int)CallEnd.None) == (int)CallEnd.None)
        {
            _source.Cancel();
        }
    }

    private long ToTimestamp(TimeSpan span) => (long)(span.TotalSeconds * _time.TimestampFrequency);
}
