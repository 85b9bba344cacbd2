using System.Collections.Concurrent;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Routing;

namespace LlmGateway.Core.Resilience;

/// <summary>What has been learned from calling one model at one provider. Shared by all requests; no request waits for another one here.</summary>
public sealed class TargetState
{
    /// <summary>A provider that asks for more is asked again after this time all the same.</summary>
    private static readonly TimeSpan LongestRest = TimeSpan.FromHours(1);

    private static readonly TimeSpan LongestAbsence = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time;
    private readonly PeakEwma _latency;
    private CircuitBreaker? _breaker;
    private CircuitBreakerOptions? _breakerOptions;
    private long _coolUntil;
    private int _rests;
    private GatewayError? _restReason;

    internal TargetState(string provider, string model, TimeProvider time)
    {
        Provider = provider;
        Model = model;
        _time = time;
        _latency = new PeakEwma(time);
        Admission = new AdmissionQueue(time);
    }

    /// <summary>The provider's name, with its endpoint where there are several.</summary>
    public string Provider { get; }

    /// <summary>The model as the provider knows it.</summary>
    public string Model { get; }

    /// <summary>Calls that run now.</summary>
    public int Running => Admission.Running;

    /// <summary>Requests that wait for a place.</summary>
    public int Waiting => Admission.Waiting;

    /// <summary>Recent waiting time until an answer began, in seconds; null before the first.</summary>
    public double? LatencySeconds => _latency.Seconds;

    /// <summary>Null while breakers are switched off.</summary>
    public CircuitPosition? Circuit => _breaker?.Position;

    /// <summary>How long the circuit lets nothing through.</summary>
    public TimeSpan RemainingBreak => _breaker?.RemainingBreak ?? TimeSpan.Zero;

    /// <summary>How long the circuit lets nothing of this caller through.</summary>
    public TimeSpan RemainingBreakFor(string caller) => _breaker?.RemainingBreakFor(caller) ?? TimeSpan.Zero;

    /// <summary>How long the target wants to be left alone.</summary>
    public TimeSpan RemainingCoolDown
    {
        get
        {
            var until = Volatile.Read(ref _coolUntil);
            if (until == 0)
            {
                return TimeSpan.Zero;
            }

            var left = _time.GetElapsedTime(_time.GetTimestamp(), until);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>The failure after which the target is left alone.</summary>
    internal GatewayError? RestReason => Volatile.Read(ref _restReason);

    internal AdmissionQueue Admission { get; }

    internal RetryBudgets Retries { get; } = new();

    /// <summary>The breaker of these settings; null when they switch it off. Other settings make a new, closed one.</summary>
    internal CircuitBreaker? Breaker(CircuitBreakerOptions options)
    {
        if (ReferenceEquals(Volatile.Read(ref _breakerOptions), options))
        {
            return _breaker;
        }

        lock (Admission)
        {
            // Settings that were read again and say the same change nothing.
            if (_breakerOptions != options)
            {
                Volatile.Write(ref _breaker, options.Enabled ? new CircuitBreaker(options, _time) : null);
            }

            Volatile.Write(ref _breakerOptions, options);

            return _breaker;
        }
    }

    internal void RecordLatency(TimeSpan waited)
    {
        Volatile.Write(ref _rests, 0);
        _latency.Record(waited);
    }

    /// <summary>Has the target left alone for a time: what it asked for, or longer each time when it asked for none.</summary>
    /// <param name="error">Why; its <see cref="GatewayError.RetryAfter"/> is what the target asked for.</param>
    /// <param name="options">Bounds of a rest that was not asked for.</param>
    /// <returns>The time.</returns>
    internal TimeSpan CoolDown(GatewayError error, RoutingOptions options)
    {
        var now = _time.GetTimestamp();
        var seen = Volatile.Read(ref _coolUntil);
        if (error.RetryAfter is null && seen > now)
        {
            // The call was under way when the rest began. However many there were, they failed together and are no reason to rest longer.
            return _time.GetElapsedTime(now, seen);
        }

        var rest = Bounded(error.RetryAfter) ?? OwnRest(error, options);
        var until = now + (long)(rest.TotalSeconds * _time.TimestampFrequency);
        if (until > seen && Interlocked.CompareExchange(ref _coolUntil, until, seen) == seen)
        {
            Interlocked.Increment(ref _rests);
            Volatile.Write(ref _restReason, error);
        }

        return rest;
    }

    private static TimeSpan? Bounded(TimeSpan? asked) => asked > LongestRest ? LongestRest : asked;

    /// <summary>Doubles with each rest without an answer in between. A server that cannot be reached may be back at any time, so its rests stay short.</summary>
    private TimeSpan OwnRest(GatewayError error, RoutingOptions options)
    {
        var longest = error.Code == GatewayErrorCode.UpstreamRateLimited || options.MaxCoolDown < LongestAbsence ? options.MaxCoolDown : LongestAbsence;
        var rest = options.Backoff * Math.Pow(2, Math.Min(Volatile.Read(ref _rests), 16));
        return rest < longest ? rest : longest;
    }

    /// <summary>Forgets failures: the circuit is closed and nothing rests.</summary>
    public async Task ResetAsync()
    {
        Volatile.Write(ref _coolUntil, 0);
        Volatile.Write(ref _rests, 0);
        if (_breaker is { } breaker)
        {
            await breaker.ResetAsync();
        }
    }
}

/// <summary>The state of every target, kept while lists of models come and go.</summary>
public sealed class TargetRegistry(TimeProvider time)
{
    private readonly ConcurrentDictionary<(string Provider, string Model), TargetState> _states = [];

    public IEnumerable<TargetState> All => _states.Values;

    public TargetState Get(string provider, string model) =>
        _states.GetOrAdd((provider, model), static (key, time) => new TargetState(key.Provider, key.Model, time), time);

    /// <summary>Forgets targets that are served no more.</summary>
    internal void Keep(IReadOnlySet<TargetState> served)
    {
        foreach (var (key, state) in _states)
        {
            if (!served.Contains(state) && state.Running == 0)
            {
                _states.TryRemove(key, out _);
            }
        }
    }
}
