namespace LlmGateway.Core.Resilience;

/// <summary>
/// A moving average of waiting times that follows a rise at once and forgets it slowly: a server that has become slow is noticed with
/// its first slow answer (source: Twitter Finagle's "peak EWMA" load metric).
/// </summary>
internal sealed class PeakEwma(TimeProvider time)
{
    /// <summary>After this time a sample has lost 63 % of its weight.</summary>
    private static readonly double DecaySeconds = 10;

    /// <summary>The same for the whole average when no sample comes.</summary>
    private static readonly double FadeSeconds = 60;

    private readonly Lock _gate = new();
    private double _seconds = double.NaN;
    private long _stamp;

    /// <summary>Seconds; null before the first sample. Fades while there are no samples, so that a target that was slow once is tried again.</summary>
    public double? Seconds
    {
        get
        {
            lock (_gate)
            {
                return double.IsNaN(_seconds) ? null : _seconds * Math.Exp(-time.GetElapsedTime(_stamp).TotalSeconds / FadeSeconds);
            }
        }
    }

    public void Record(TimeSpan sample)
    {
        var seconds = sample.TotalSeconds;
        var now = time.GetTimestamp();
        lock (_gate)
        {
            if (double.IsNaN(_seconds) || seconds > _seconds)
            {
                _seconds = seconds;
            }
            else
            {
                var weight = Math.Exp(-time.GetElapsedTime(_stamp, now).TotalSeconds / DecaySeconds);
                _seconds = (_seconds * weight) + (seconds * (1 - weight));
            }

            _stamp = now;
        }
    }
}
