using System.Collections.Concurrent;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Routing;

namespace LlmGateway.Core.Resilience;

/// <summary>What has been learned from calling one model at one provider. Shared by all requests; no request waits for another one here.</summary>
public sealed class TargetState
{
    /// <summary>Whatever a target asks for: after this time it is tried again.</summary>
    private static readonly TimeSpan LongestRest = TimeSpan.FromHours(1);

    private readonly TimeProvider _time;
    private readonly PeakEwma _latency;
    private CircuitBreaker? _breaker;
    private CircuitBreakerOptions? _breakerOptions;
    private long _coolUntil;
    private GatewayErrorCode _coolReason;
    private int _rateLimits;

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

    internal AdmissionQueue Admission { get; }

    internal RetryBudget Retries { get; } = new();

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
        Volatile.Write(ref _rateLimits, 0);
        _latency.Record(waited);
    }

    /// <summary>
    /// Has the target left alone by all requests: for as long as it asked, or longer each time when it limits its rate without saying
    /// for how long. Null when there is no reason to: a server that cannot be reached may be back at once.
    /// </summary>
    internal TimeSpan? CoolDown(GatewayError error, RoutingOptions options)
    {
        if (error is { RetryAfter: null, Code: not GatewayErrorCode.UpstreamRateLimited })
        {
            return null;
        }

        var times = Math.Min(Interlocked.Increment(ref _rateLimits), 16);
        var own = options.Backoff * Math.Pow(2, times - 1);
        var rest = error.RetryAfter ?? (own < options.MaxCoolDown ? own : options.MaxCoolDown);
        rest = rest < LongestRest ? rest : LongestRest;
        var until = _time.GetTimestamp() + (long)(rest.TotalSeconds * _time.TimestampFrequency);
        if (until > Volatile.Read(ref _coolUntil))
        {
            _coolReason = error.Code;
            Volatile.Write(ref _coolUntil, until);
        }

        return rest;
    }

    /// <summary>What to say while the target is left alone.</summary>
    internal GatewayError Resting(string provider, TimeSpan rest) =>
        new(_coolReason, $"Provider '{provider}' asked for a pause, which has not passed yet.") { RetryAfter = rest };

    /// <summary>Forgets failures: the circuit is closed and nothing rests.</summary>
    public async Task ResetAsync()
    {
        Volatile.Write(ref _coolUntil, 0);
        Volatile.Write(ref _rateLimits, 0);
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
