namespace LlmGateway.TestSupport;

/// <summary>
/// Time that moves only when a test says so. Timers fire on the thread that calls <see cref="Advance"/>, each at its own due time and
/// in order, also those that are set while time moves.
/// </summary>
public sealed class FakeTimeProvider : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<FakeTimer> _timers = [];
    private DateTimeOffset _now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
        {
            return _now;
        }
    }

    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new FakeTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves time on and fires what falls due.</summary>
    public void Advance(TimeSpan by)
    {
        var end = GetUtcNow() + by;
        while (TakeDue(end) is { } timer)
        {
            timer.Fire();
        }

        lock (_gate)
        {
            _now = end;
        }
    }

    private FakeTimer? TakeDue(DateTimeOffset end)
    {
        lock (_gate)
        {
            var next = _timers.Where(t => t.Due is { } due && due <= end).MinBy(t => t.Due);
            if (next is not null)
            {
                _now = next.Due!.Value > _now ? next.Due.Value : _now;
                next.Due = next.Period > TimeSpan.Zero ? _now + next.Period : null;
            }

            return next;
        }
    }

    private sealed class FakeTimer(FakeTimeProvider time, TimerCallback callback, object? state) : ITimer
    {
        public DateTimeOffset? Due { get; set; }

        public TimeSpan Period { get; private set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._gate)
            {
                time._timers.Remove(this);
                Due = dueTime < TimeSpan.Zero ? null : time._now + dueTime;
                Period = period;
                if (Due is not null)
                {
                    time._timers.Add(this);
                }
            }

            return true;
        }

        public void Dispose()
        {
            lock (time._gate)
            {
                time._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
