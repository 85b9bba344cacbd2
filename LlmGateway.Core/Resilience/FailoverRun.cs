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
    /// <summary>Nothing is expected to answer within less.</summary>
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(10);

    /// <summary>A timer may fire a little before its time; what is left then must not make a wait too long.</summary>
    private static readonly TimeSpan Inexactness = TimeSpan.FromMilliseconds(50);

    private readonly Progress[] _progress = new Progress[plan.Candidates.Count];
    private GatewayError? _error;

    /// <summary>Whose error it is; -1 for nobody's.</summary>
    private int _told = -1;
    private TimeSpan? _pause;
    private TimeSpan _paused;
    private int _retries;
    private bool _ended;

    public async ValueTask<GatewayAnswer> RunAsync()
    {
        do
        {
            _pause = null;
            for (var i = 0; i < plan.Candidates.Count && !_ended; i++)
            {
                if (!_progress[i].Done && await TryAsync(i) is { } answer)
                {
                    return answer;
                }
            }
        }
        while (!_ended && _pause is { } pause && await WaitAsync(pause, counted: true));

        return new ErrorAnswer(Told() ?? new GatewayError(GatewayErrorCode.UpstreamUnavailable, "No provider could be asked."));
    }

    /// <summary>The error of those that were asked, unless one that is out of order for now may do what they could not.</summary>
    private GatewayError? Told()
    {
        if (_ended || _error is null)
        {
            return _error;
        }

        var room = FailureRules.Classify(_error) == FailureAction.LargerTarget && _told >= 0 ? plan.Candidates[_told].Target.ContextLength ?? 0 : 0;
        return RouteRefusal.ForNow(plan.Rejected.Where(r => room == 0 || r.Target.ContextLength is not { } other || other > room)) is { } forNow
            ? FailureRules.MoreTelling(forNow, _error)
            : _error;
    }

    /// <summary>Calls one candidate as often as that makes sense now; null when another one is to be tried.</summary>
    private async ValueTask<GatewayAnswer?> TryAsync(int index)
    {
        var candidate = plan.Candidates[index];
        var state = candidate.Target.State;
        while (_progress[index].Calls < options.AttemptsPerTarget && request.Attempts < options.MaxAttempts)
        {
            if (state.RemainingCoolDown is var rest && rest > TimeSpan.Zero)
            {
                PauseFor(index, rest, Resting(candidate.Target, rest));
                return null;
            }

            _progress[index].Calls++;
            _progress[index].Paid = false;
            var before = request.Attempts;
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
                    LeaveOutSmaller(index, failed.Error);
                    break;
                case FailureAction.RetrySoon when _progress[index].Calls < options.AttemptsPerTarget && TryPay(index):
                    Note(index, failed.Error);
                    if (!await WaitAsync(Backoff()))
                    {
                        return null;
                    }

                    continue;
                case FailureAction.RetryLater:
                    // A circuit that let nothing through is no reason for the target to rest: it is closed as soon as one call succeeds.
                    var wait = request.Attempts == before ? failed.Error.RetryAfter ?? ShortestWait : state.CoolDown(failed.Error, options);
                    PauseFor(index, wait, failed.Error);
                    return null;
                default:
                    Note(index, failed.Error);
                    break;
            }

            _progress[index].Done = true;
            return null;
        }

        _progress[index].Done = true;
        return null;
    }

    /// <summary>The candidate may be asked again after this time, when there are calls left and the waits together are not too long.</summary>
    private void PauseFor(int index, TimeSpan wait, GatewayError error)
    {
        Note(index, error);
        var target = plan.Candidates[index].Target;
        if (request.Provider is null)
        {
            (request.Provider, request.UpstreamModel) = (target.Group, target.UpstreamName);
        }

        if (_progress[index].Calls >= options.AttemptsPerTarget || wait > options.MaxRetryWait || _paused + wait > options.MaxRetryWait + Inexactness || !TryPay(index))
        {
            _progress[index].Done = true;
        }
        else if (_pause is null || wait < _pause)
        {
            _pause = wait;
        }
    }

    /// <summary>Takes one retry out of the caller's budget at the target, once however often it is put off; a first call costs nothing.</summary>
    private bool TryPay(int index) =>
        _progress[index].Calls == 0 || _progress[index].Paid || (_progress[index].Paid = plan.Candidates[index].Target.State.Retries.TryTake(request.Caller.KeyId));

    /// <summary>Keeps the error that is told when nobody answers.</summary>
    private void Note(int index, GatewayError error)
    {
        var told = FailureRules.MoreTelling(_error, error, ofOneTarget: _told == index);
        _told = ReferenceEquals(told, error) ? index : _told;
        _error = told;
    }

    /// <summary>
    /// Prompt and answer did not fit: only targets with more room, or of unknown size, are left, and steps that ask for a shorter answer. One
    /// that was only away, and may have the room, is worth coming again for; of one without, nothing is told any more.
    /// </summary>
    private void LeaveOutSmaller(int index, GatewayError error)
    {
        for (var i = 0; i < plan.Candidates.Count; i++)
        {
            _progress[i].Done |= IsTooSmall(i, index);
        }

        if (_told >= 0 && IsTooSmall(_told, index))
        {
            (_error, _told) = (error, index);
        }
        else
        {
            Note(index, error);
        }
    }

    /// <summary>What did not fit into the target found too small does not fit there either.</summary>
    private bool IsTooSmall(int index, int found)
    {
        var (candidate, small) = (plan.Candidates[index], plan.Candidates[found]);
        if (candidate.Fallback is { MaxTokens: { } fewer } step && step != small.Fallback && !(request.View.MaxTokens <= fewer))
        {
            return false;
        }

        return ReferenceEquals(candidate.Target.State, small.Target.State)
            || (candidate.Target.ContextLength is { } room && room <= (small.Target.ContextLength ?? 0));
    }

    /// <summary>Half of the wait is random, so that requests that failed together do not come back together.</summary>
    private TimeSpan Backoff()
    {
        var full = options.Backoff * Math.Pow(2, Math.Min(_retries++, 10));
        var wait = full < options.MaxRetryWait ? full : options.MaxRetryWait;
        return wait * (0.5 + (random.NextDouble() / 2));
    }

    /// <summary>False when the client has left meanwhile.</summary>
    /// <param name="wait">How long.</param>
    /// <param name="counted">It is a target that has to be waited for, and such waits are bounded together.</param>
    private async ValueTask<bool> WaitAsync(TimeSpan wait, bool counted = false)
    {
        wait = wait > ShortestWait ? wait : ShortestWait;
        _paused += counted ? wait : TimeSpan.Zero;
        try
        {
            await Task.Delay(wait, time, request.Aborted);
            return true;
        }
        catch (OperationCanceledException)
        {
            _error = new GatewayError(GatewayErrorCode.ClientClosedRequest, "The client closed the request.");
            _ended = true;
            return false;
        }
    }

    /// <summary>Why the target is left alone, told to a request that did not see it fail.</summary>
    private static GatewayError Resting(ModelTarget target, TimeSpan rest) => target.State.RestReason is { Code: GatewayErrorCode.UpstreamUnavailable }
        ? new GatewayError(GatewayErrorCode.UpstreamUnavailable, $"Provider '{target.Group}' could not be used a moment ago and is not asked for a while.") { RetryAfter = rest }
        : new GatewayError(GatewayErrorCode.UpstreamRateLimited, $"Provider '{target.Group}' asked for a pause, which has not passed yet.") { RetryAfter = rest };

    /// <summary>How far one candidate has come.</summary>
    private struct Progress
    {
        public int Calls;

        /// <summary>Not to be asked again.</summary>
        public bool Done;

        /// <summary>A retry has been taken out of the caller's budget at the target and not been made yet.</summary>
        public bool Paid;
    }
}
