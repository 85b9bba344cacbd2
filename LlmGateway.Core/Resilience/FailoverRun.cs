using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Routing;

namespace LlmGateway.Core.Resilience;

/// <summary>
/// Asks the candidates of one request until one answers: the same target again where that may help, then the next, and after all of
/// them those that asked for a pause. Every loop is bounded, by calls per target, calls per request and the length of a wait. Ends at
/// the commit point: an answer that is returned is passed on, and nothing is tried after it.
/// </summary>
internal sealed class FailoverRun(GatewayRequest request, RoutePlan plan, RoutingOptions options, TargetCaller caller, TimeProvider time, Random random)
{
    /// <summary>A timer counts whole milliseconds; one that fires early would find the pause not over.</summary>
    private static readonly TimeSpan Rounding = TimeSpan.FromMilliseconds(2);

    private readonly int[] _calls = new int[plan.Candidates.Count];
    private readonly bool[] _done = new bool[plan.Candidates.Count];
    private GatewayError? _error;
    private TimeSpan? _pause;
    private int _retries;
    private bool _ended;

    public async ValueTask<GatewayAnswer> RunAsync()
    {
        do
        {
            _pause = null;
            for (var i = 0; i < plan.Candidates.Count && !_ended; i++)
            {
                if (!_done[i] && await TryAsync(i) is { } answer)
                {
                    return answer;
                }
            }
        }
        while (!_ended && _pause is { } pause && await WaitAsync(pause));

        return new ErrorAnswer(_error ?? new GatewayError(GatewayErrorCode.UpstreamUnavailable, "No provider could be asked."));
    }

    /// <summary>Calls one candidate as often as that makes sense now; null when another one is to be tried.</summary>
    private async ValueTask<GatewayAnswer?> TryAsync(int index)
    {
        var candidate = plan.Candidates[index];
        var state = candidate.Target.State;
        while (_calls[index] < options.AttemptsPerTarget && request.Attempts < options.MaxAttempts)
        {
            if (state.RemainingCoolDown is var rest && rest > TimeSpan.Zero)
            {
                PauseFor(index, rest, state.Resting(candidate.Target.Group, rest));
                return null;
            }

            _calls[index]++;
            var answer = await caller.CallAsync(request, candidate, options);
            if (answer is not ErrorAnswer failed)
            {
                return answer;
            }

            switch (FailureRules.Classify(failed.Error))
            {
                case FailureAction.Return:
                    return answer;
                case FailureAction.LargerTarget:
                    LeaveOutSmaller(candidate.Target, failed.Error);
                    break;
                case FailureAction.RetrySoon when _calls[index] < options.AttemptsPerTarget && state.Retries.TryTake():
                    _error = failed.Error;
                    if (!await WaitAsync(Backoff()))
                    {
                        return null;
                    }

                    continue;
                case FailureAction.RetryLater:
                    PauseFor(index, state.CoolDown(failed.Error, options) ?? Backoff(), failed.Error);
                    return null;
                default:
                    _error = FailureRules.MoreTelling(_error, failed.Error);
                    break;
            }

            _done[index] = true;
            return null;
        }

        _done[index] = true;
        return null;
    }

    /// <summary>The candidate may be asked again after this time, when there are calls left and the wait is not too long.</summary>
    private void PauseFor(int index, TimeSpan wait, GatewayError error)
    {
        _error = FailureRules.MoreTelling(_error, error);
        var state = plan.Candidates[index].Target.State;
        if (_calls[index] >= options.AttemptsPerTarget || wait > options.MaxRetryWait || (_calls[index] > 0 && !state.Retries.TryTake()))
        {
            _done[index] = true;
        }
        else if (_pause is null || wait < _pause)
        {
            _pause = wait;
        }
    }

    /// <summary>The prompt did not fit: only targets with more room, or of unknown size, are left.</summary>
    private void LeaveOutSmaller(ModelTarget target, GatewayError error)
    {
        _error = error;
        for (var i = 0; i < plan.Candidates.Count; i++)
        {
            var other = plan.Candidates[i].Target;
            _done[i] |= ReferenceEquals(other.State, target.State) || (other.ContextLength is { } room && room <= (target.ContextLength ?? 0));
        }
    }

    /// <summary>Half of the wait is random, so that requests that failed together do not come back together.</summary>
    private TimeSpan Backoff()
    {
        var full = options.Backoff * Math.Pow(2, Math.Min(_retries++, 10));
        var wait = full < options.MaxRetryWait ? full : options.MaxRetryWait;
        return wait * (0.5 + (random.NextDouble() / 2));
    }

    /// <summary>False when the client has left meanwhile.</summary>
    private async ValueTask<bool> WaitAsync(TimeSpan wait)
    {
        try
        {
            await Task.Delay(wait + Rounding, time, request.Aborted);
            return true;
        }
        catch (OperationCanceledException)
        {
            _error = new GatewayError(GatewayErrorCode.ClientClosedRequest, "The client closed the request.");
            _ended = true;
            return false;
        }
    }
}
