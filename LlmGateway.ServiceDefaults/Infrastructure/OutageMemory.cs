namespace LlmGateway.ServiceDefaults.Infrastructure;

/// <summary>
/// Remembers that a server did not answer, so that not every call finds it out for itself: for a moment all calls are refused, then
/// one is let through to try, and the others go on being refused until it knows. Takes no lock.
/// </summary>
/// <param name="pause">How long nobody tries after a failure.</param>
/// <param name="attempt">How long a try takes at most.</param>
internal sealed class OutageMemory(TimeSpan pause, TimeSpan attempt, TimeProvider time)
{
    private const long Fine = 0;

    /// <summary>Timestamp at which the next call may try; <see cref="Fine"/> while there is no outage.</summary>
    private long _nextTry = Fine;

    public bool IsOut => Volatile.Read(ref _nextTry) != Fine;

    /// <summary>Whether a call may go to the server now. Who is let through reports how it ended.</summary>
    public bool MayTry()
    {
        var next = Volatile.Read(ref _nextTry);
        if (next == Fine)
        {
            return true;
        }

        var now = time.GetTimestamp();
        // The one that moves the mark tries; should it never report, the next one does after that.
        return now >= next && Interlocked.CompareExchange(ref _nextTry, After(now, attempt + pause), next) == next;
    }

    public void Succeeded()
    {
        if (Volatile.Read(ref _nextTry) != Fine)
        {
            Volatile.Write(ref _nextTry, Fine);
        }
    }

    public void Failed() => Volatile.Write(ref _nextTry, After(time.GetTimestamp(), pause));

    private long After(long timestamp, TimeSpan delay) => timestamp + (long)(delay.TotalSeconds * time.TimestampFrequency);
}
