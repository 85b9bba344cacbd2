using System.Diagnostics;
using OpenTelemetry.Trace;

namespace LlmGateway.ServiceDefaults.Telemetry;

/// <summary>
/// Records every trace of a quiet service and a bounded number of a busy one, so that the cost of tracing does not grow with the
/// load. Allows bursts of one second's worth. Without a lock: the one word of state is the time at which the allowance is used up
/// (the generic cell rate algorithm).
/// </summary>
internal sealed class RateLimitedSampler : Sampler
{
    private readonly TimeProvider _time;
    private readonly long _interval;
    private readonly long _burst;
    private long _usedUntil;

    /// <param name="perSecond">Traces per second; 0 records none.</param>
    /// <param name="time">The clock.</param>
    public RateLimitedSampler(int perSecond, TimeProvider time)
    {
        _time = time;
        _burst = time.TimestampFrequency;
        _interval = perSecond == 0 ? 0 : Math.Max(1, time.TimestampFrequency / perSecond);
        _usedUntil = time.GetTimestamp() - _burst;
        Description = $"{nameof(RateLimitedSampler)}{{{perSecond}/s}}";
    }

    /// <summary>Calls that nothing began take no part of the allowance: <see cref="BackgroundSpanFilter"/> leaves only the product's own, which are few.</summary>
    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) =>
        new((_interval != 0 && samplingParameters.Kind is ActivityKind.Client or ActivityKind.Producer) || TryTake()
            ? SamplingDecision.RecordAndSample : SamplingDecision.Drop);

    private bool TryTake()
    {
        if (_interval == 0)
        {
            return false;
        }

        var now = _time.GetTimestamp();
        while (true)
        {
            var used = Volatile.Read(ref _usedUntil);
            var next = Math.Max(used, now - _burst) + _interval;
            if (next > now)
            {
                return false;
            }

            if (Interlocked.CompareExchange(ref _usedUntil, next, used) == used)
            {
                return true;
            }
        }
    }
}
