using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Routing;
using Polly;
using Polly.CircuitBreaker;

namespace LlmGateway.Core.Resilience;

/// <summary>Where a circuit stands.</summary>
public enum CircuitPosition
{
    /// <summary>Calls go through.</summary>
    Closed,

    /// <summary>Nothing goes through.</summary>
    Open,

    /// <summary>One call tries whether the target is back.</summary>
    HalfOpen,
}

/// <summary>
/// Keeps calls from a target that has failed too often of late. While only one caller has seen it fail, it is open for that caller alone:
/// what one of them does must not take the target from the others.
/// </summary>
internal sealed class CircuitBreaker
{
    private readonly TimeProvider _time;
    private readonly CircuitBreakerStateProvider _state = new();
    private readonly CircuitBreakerManualControl _control = new();
    private readonly ResiliencePipeline<GatewayAnswer> _pipeline;
    private readonly TimeSpan _breakDuration;
    private readonly FailingCallers _failing;
    private long _openedAt;

    public CircuitBreaker(CircuitBreakerOptions options, TimeProvider time)
    {
        _time = time;
        _breakDuration = options.BreakDuration;
        _failing = new FailingCallers(options.SamplingDuration + options.BreakDuration, time);
        _pipeline = new ResiliencePipelineBuilder<GatewayAnswer> { TimeProvider = time }
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions<GatewayAnswer>
            {
                FailureRatio = options.FailureRatio,
                MinimumThroughput = options.MinimumThroughput,
                SamplingDuration = options.SamplingDuration,
                BreakDuration = options.BreakDuration,
                StateProvider = _state,
                ManualControl = _control,
                ShouldHandle = args => ValueTask.FromResult(args.Outcome.Result is ErrorAnswer failed && IsFailure(failed.Error)),
                OnOpened = args =>
                {
                    Volatile.Write(ref _openedAt, time.GetTimestamp());
                    return ValueTask.CompletedTask;
                },
            })
            .Build();
    }

    public CircuitPosition Position => _state.CircuitState switch
    {
        CircuitState.Closed => CircuitPosition.Closed,
        CircuitState.HalfOpen => CircuitPosition.HalfOpen,
        _ => RemainingBreak > TimeSpan.Zero ? CircuitPosition.Open : CircuitPosition.HalfOpen,
    };

    /// <summary>How long the circuit lets nothing through; zero when a call may try.</summary>
    public TimeSpan RemainingBreak
    {
        get
        {
            if (_state.CircuitState is CircuitState.Closed or CircuitState.HalfOpen)
            {
                return TimeSpan.Zero;
            }

            var left = _breakDuration - _time.GetElapsedTime(Volatile.Read(ref _openedAt));
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>How long the circuit lets nothing of this caller through.</summary>
    public TimeSpan RemainingBreakFor(string caller) => RemainingBreak is var left && left > TimeSpan.Zero && IsFor(caller) ? left : TimeSpan.Zero;

    /// <summary>Makes the call unless the circuit is open for the caller; null then.</summary>
    public async ValueTask<GatewayAnswer?> ExecuteAsync<TState>(Func<TState, ValueTask<GatewayAnswer>> call, TState state, string caller = "")
    {
        if (_state.CircuitState != CircuitState.Closed && !IsFor(caller))
        {
            return Note(await call(state), caller);
        }

        var context = ResilienceContextPool.Shared.Get(continueOnCapturedContext: false);
        try
        {
            // Noted before it is counted: a circuit that opens by this answer must be open for somebody at once.
            var outcome = await _pipeline.ExecuteOutcomeAsync(
                static async (_, s) => Outcome.FromResult(s.Self.Note(await s.Call(s.State), s.Caller)), context, (Self: this, Call: call, State: state, Caller: caller));
            if (outcome.Exception is BrokenCircuitException)
            {
                return null;
            }

            outcome.ThrowIfException();
            return outcome.Result;
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private bool IsFor(string caller) => _failing.AreSeveral || _failing.Contains(caller);

    private GatewayAnswer Note(GatewayAnswer answer, string caller)
    {
        if (answer is not ErrorAnswer failed)
        {
            _failing.Remove(caller);
        }
        else if (FailureRules.IsTargetsFault(failed.Error))
        {
            _failing.Add(caller);
        }

        return answer;
    }

    /// <summary>
    /// A call that tries whether the target is back, and whose client left before anything came, has shown nothing: a circuit must not
    /// close for it.
    /// </summary>
    private bool IsFailure(GatewayError error) => FailureRules.IsTargetsFault(error)
        || (error.Code == GatewayErrorCode.ClientClosedRequest && _state.CircuitState == CircuitState.HalfOpen);

    /// <summary>
    /// Counts an answer that broke off after its beginning had been taken for a success: twice, so that the share of failures is that of
    /// the answers, half of which broken is one half.
    /// </summary>
    public async ValueTask ReportAsync(GatewayError error, string caller = "")
    {
        var answer = new ErrorAnswer(error);
        await ExecuteAsync(static answer => ValueTask.FromResult<GatewayAnswer>(answer), answer, caller);
        await ExecuteAsync(static answer => ValueTask.FromResult<GatewayAnswer>(answer), answer, caller);
    }

    /// <summary>Closes the circuit, whatever was counted.</summary>
    public Task ResetAsync() => _control.CloseAsync();
}
