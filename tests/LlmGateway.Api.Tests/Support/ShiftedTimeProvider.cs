namespace LlmGateway.Api.Tests.Support;

/// <summary>
/// The system's clock, which a test can put forward: what compares times sees hours pass, timers run as they always do. Put it forward
/// only while no call is under way, whose time bounds would strike.
/// </summary>
public sealed class ShiftedTimeProvider : TimeProvider
{
    private long _shift;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromTicks(Volatile.Read(ref _shift));

    public override long GetTimestamp() => System.GetTimestamp() + (long)(TimeSpan.FromTicks(Volatile.Read(ref _shift)).TotalSeconds * System.TimestampFrequency);

    public void Shift(TimeSpan by) => Interlocked.Add(ref _shift, by.Ticks);
}
