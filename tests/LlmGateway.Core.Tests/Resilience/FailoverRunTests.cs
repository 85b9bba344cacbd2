using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Resilience;
using LlmGateway.Core.Routing;
using LlmGateway.Core.Tests.Support;
using LlmGateway.TestSupport;

namespace LlmGateway.Core.Tests.Resilience;

/// <summary>Who is asked, how often, and what the client is told in the end.</summary>
public sealed class FailoverRunTests
{
    private readonly FailoverBench _bench = new();
    private readonly QueuedProvider _a;
    private readonly QueuedProvider _b;

    public FailoverRunTests() => (_a, _b) = (_bench.Provider("a"), _bench.Provider("b"));

    /// <summary>The bound of the answer is part of what has to fit.</summary>
    [Fact]
    public async Task AFallbackToAShorterAnswer_IsTriedAtTheTargetThatHadNoRoom()
    {
        _a.ThenFail(GatewayErrorCode.ContextLengthExceeded);
        var target = _bench.Target(_a.ThenAnswer());
        var answer = await _bench.WhileTimePassesAsync(_bench.StartAsync(
            new Candidate(target), new Candidate(target, new FallbackOptions { Temperature = 0 }), new Candidate(target, new FallbackOptions { MaxTokens = 5 })));
        Assert.IsType<JsonAnswer>(answer);
        Assert.Equal((2, 1), (_a.Count, _bench.Request.Fallbacks));
    }

    /// <summary>The small one's word would end a job for good, though the large one is only away for the moment.</summary>
    [Theory]
    [InlineData(null, null, GatewayErrorCode.UpstreamUnavailable)]
    [InlineData(100_000, 8_000, GatewayErrorCode.UpstreamUnavailable)]
    [InlineData(4_000, 8_000, GatewayErrorCode.ContextLengthExceeded)]
    public async Task ALargerTargetThatIsAwayForTheMoment_IsToldInsteadOfTheSmallOne(int? away, int? small, GatewayErrorCode told)
    {
        _a.ThenFail(GatewayErrorCode.UpstreamUnavailable, TimeSpan.FromSeconds(30));
        _b.ThenFail(GatewayErrorCode.ContextLengthExceeded);
        var error = await _bench.FailAsync(_bench.Target(_a, away), _bench.Target(_b, small));
        Assert.Equal(told, error.Code);
        Assert.Equal(told == GatewayErrorCode.UpstreamUnavailable ? TimeSpan.FromSeconds(30) : null, error.RetryAfter);
    }

    /// <summary>The same when its circuit is open, so that it was not asked at all.</summary>
    [Theory]
    [InlineData(100_000, GatewayErrorCode.UpstreamUnavailable)]
    [InlineData(4_000, GatewayErrorCode.ContextLengthExceeded)]
    public async Task ALargerTargetThatIsOutOfOrder_IsToldInsteadOfTheSmallOne(int length, GatewayErrorCode told)
    {
        var plan = new RoutePlan("test", [new Candidate(_bench.Target(_b.ThenFail(GatewayErrorCode.ContextLengthExceeded), 8_000))],
            [new Rejection(_bench.Target(_a, length), RejectReasons.CircuitOpen, TimeSpan.FromSeconds(7))]);
        var answer = await new FailoverRun(_bench.NewRequest(), plan, _bench.Options, new TargetCaller(_bench.Time), _bench.Time, new Random(1)).RunAsync();
        Assert.Equal(told, Assert.IsType<ErrorAnswer>(answer).Error.Code);
    }

    [Fact]
    public async Task ARequestThatATranslationSpoiled_GoesToTheNextTarget()
    {
        _a.Translates = true;
        Assert.IsType<JsonAnswer>(await _bench.RunAsync(_bench.Target(_a.ThenFail(GatewayErrorCode.UpstreamRejected)), _bench.Target(_b.ThenAnswer())));
        Assert.Equal("ab", Order());
    }

    [Fact]
    public async Task AModelThatIsGone_IsLookedForAtTheNextTarget()
    {
        Assert.IsType<JsonAnswer>(await _bench.RunAsync(_bench.Target(_a.ThenFail(GatewayErrorCode.ModelNotFound)), _bench.Target(_b.ThenAnswer())));
        Assert.Equal("ab", Order());
    }

    [Fact]
    public async Task AnAnswer_IsTheEnd()
    {
        Assert.IsType<JsonAnswer>(await _bench.RunAsync(_bench.Target(_a.ThenAnswer()), _bench.Target(_b.ThenAnswer())));
        Assert.Equal((1, 0, 1), (_a.Count, _b.Count, _bench.Request.Attempts));
        Assert.Equal(("a", "m-a"), (_bench.Request.Provider, _bench.Request.UpstreamModel));
    }

    [Theory]
    [InlineData(GatewayErrorCode.UpstreamError, 2)]
    [InlineData(GatewayErrorCode.UpstreamInterrupted, 2)]
    [InlineData(GatewayErrorCode.UpstreamRateLimited, 2)]
    [InlineData(GatewayErrorCode.UpstreamUnavailable, 2)]
    [InlineData(GatewayErrorCode.UpstreamTimeout, 1)]
    [InlineData(GatewayErrorCode.UpstreamInvalidResponse, 1)]
    [InlineData(GatewayErrorCode.UpstreamCredentials, 1)]
    [InlineData(GatewayErrorCode.UpstreamRejected, 1)]
    [InlineData(GatewayErrorCode.UnsupportedOperation, 1)]
    [InlineData(GatewayErrorCode.ContextLengthExceeded, 1)]
    [InlineData(GatewayErrorCode.InvalidRequest, 1)]
    [InlineData(GatewayErrorCode.Internal, 1)]
    public async Task TheOnlyTarget_IsAskedAgainWhereThatMayHelp(GatewayErrorCode code, int calls)
    {
        var error = await _bench.FailAsync(_bench.Target(_a.ThenFail(code)));
        Assert.Equal((code, calls, calls), (error.Code, _a.Count, _bench.Request.Attempts));
    }

    [Theory]
    [InlineData(GatewayErrorCode.UpstreamError, "aabb")]
    [InlineData(GatewayErrorCode.UpstreamInterrupted, "aabb")]
    [InlineData(GatewayErrorCode.UpstreamRateLimited, "abab")]
    [InlineData(GatewayErrorCode.UpstreamUnavailable, "abab")]
    [InlineData(GatewayErrorCode.UpstreamTimeout, "ab")]
    [InlineData(GatewayErrorCode.UpstreamInvalidResponse, "ab")]
    [InlineData(GatewayErrorCode.UpstreamCredentials, "ab")]
    [InlineData(GatewayErrorCode.UnsupportedOperation, "ab")]
    [InlineData(GatewayErrorCode.UpstreamRejected, "a")]
    [InlineData(GatewayErrorCode.InvalidRequest, "a")]
    public async Task OfTwoTargets_EachIsAskedInItsTurn(GatewayErrorCode code, string expected)
    {
        await _bench.FailAsync(_bench.Target(_a.ThenFail(code)), _bench.Target(_b.ThenFail(code)));
        Assert.Equal(expected, Order());
        Assert.Equal(expected.Length, _bench.Request.Attempts);
    }

    [Theory]
    [InlineData(GatewayErrorCode.UpstreamError)]
    [InlineData(GatewayErrorCode.UpstreamInterrupted)]
    [InlineData(GatewayErrorCode.UpstreamRateLimited)]
    [InlineData(GatewayErrorCode.UpstreamUnavailable)]
    public async Task AFailureThatPasses_IsNotNoticed(GatewayErrorCode code)
    {
        Assert.IsType<JsonAnswer>(await _bench.RunAsync(_bench.Target(_a.ThenFail(code).ThenAnswer())));
        Assert.Equal(2, _bench.Request.Attempts);

        // A quarter of a second, of which up to a half is left out at random after a defect.
        Assert.InRange(_a.Times[1] - _a.Times[0], TimeSpan.FromMilliseconds(125), TimeSpan.FromMilliseconds(250) + (2 * FailoverBench.Step));
    }

    [Fact]
    public async Task WaitsAfterDefects_Double()
    {
        _bench.Options.AttemptsPerTarget = 4;
        await _bench.FailAsync(_bench.Target(_a.ThenFail(GatewayErrorCode.UpstreamError)));
        var waits = _a.Times.Zip(_a.Times.Skip(1), (before, after) => (after - before).TotalSeconds).ToArray();
        Assert.Equal(3, waits.Length);
        Assert.All(waits, (wait, i) => Assert.InRange(wait, 0.125 * (1 << i), (0.25 * (1 << i)) + 0.02));
    }

    [Fact]
    public async Task AllCallsTogether_AreBounded()
    {
        (_bench.Options.MaxAttempts, _bench.Options.AttemptsPerTarget) = (3, 10);
        await _bench.FailAsync(_bench.Target(_a.ThenFail(GatewayErrorCode.UpstreamUnavailable)), _bench.Target(_b.ThenFail(GatewayErrorCode.UpstreamError)));
        Assert.Equal(3, _a.Count + _b.Count);
        Assert.Equal(3, _bench.Request.Attempts);
    }

    [Fact]
    public async Task APauseThatWasAskedFor_IsKept()
    {
        _a.ThenFail(GatewayErrorCode.UpstreamRateLimited, TimeSpan.FromSeconds(3)).ThenAnswer();
        Assert.IsType<JsonAnswer>(await _bench.RunAsync(_bench.Target(_a)));
        Assert.InRange(_a.Times[1] - _a.Times[0], TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(3.1));
    }

    [Fact]
    public async Task APauseAsLongAsARequestMayWait_IsKeptToo()
    {
        _a.ThenFail(GatewayErrorCode.UpstreamRateLimited, TimeSpan.FromSeconds(5)).ThenAnswer();
        Assert.IsType<JsonAnswer>(await _bench.RunAsync(_bench.Target(_a)));
    }

    [Fact]
    public async Task APauseThatIsTooLong_IsTheClientsToWait()
    {
        var error = await _bench.FailAsync(_bench.Target(_a.ThenFail(GatewayErrorCode.UpstreamRateLimited, TimeSpan.FromSeconds(5.1))));
        Assert.Equal((GatewayErrorCode.UpstreamRateLimited, TimeSpan.FromSeconds(5.1), 1), (error.Code, error.RetryAfter, _a.Count));
    }

    [Fact]
    public async Task WaitsForTargets_AreBoundedTogether()
    {
        _bench.Options.AttemptsPerTarget = 5;
        var start = _bench.Time.GetUtcNow();
        var error = await _bench.FailAsync(_bench.Target(_a.ThenFail(GatewayErrorCode.UpstreamRateLimited, TimeSpan.FromSeconds(2))));
        Assert.Equal((GatewayErrorCode.UpstreamRateLimited, 3), (error.Code, _a.Count));
        Assert.InRange(_bench.Time.GetUtcNow() - start, TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(4.2));
    }

    /// <summary>Other requests may have the target rest longer and longer; this one must not wait for it without end.</summary>
    [Fact]
    public async Task ARestThatOthersProlong_IsNotWaitedForWithoutEnd()
    {
        var target = _bench.Target(_a.ThenAnswer());
        Rest(2);
        var start = _bench.Time.GetUtcNow();
        var running = _bench.StartAsync(target);
        for (var i = 0; i < 30 && !running.IsCompleted; i++)
        {
            await Eventually.IsTrueAsync(() => _bench.Time.PendingTimers > 0 || running.IsCompleted, "the next wait");
            Rest(2);
            _bench.Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.True(running.IsCompleted, "it waits without end");
        var error = Assert.IsType<ErrorAnswer>(await running).Error;
        Assert.Equal((GatewayErrorCode.UpstreamRateLimited, 0), (error.Code, _a.Count));
        Assert.InRange(_bench.Time.GetUtcNow() - start, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(8));

        void Rest(double seconds) => target.State.CoolDown(FailoverBench.Failure(GatewayErrorCode.UpstreamRateLimited, TimeSpan.FromSeconds(seconds)).Error, _bench.Options);
    }

    [Theory]
    [InlineData(GatewayErrorCode.UpstreamRateLimited, "asked for a pause")]
    [InlineData(GatewayErrorCode.UpstreamUnavailable, "could not be used")]
    public async Task ATargetThatRests_IsNotAsked_AndTheReasonIsTold(GatewayErrorCode code, string message)
    {
        var target = _bench.Target(_a.ThenAnswer());
        target.State.CoolDown(FailoverBench.Failure(code, TimeSpan.FromSeconds(20)).Error, _bench.Options);

        Assert.IsType<JsonAnswer>(await _bench.RunAsync(target, _bench.Target(_b.ThenAnswer())));
        Assert.Equal((0, 1, "b"), (_a.Count, _b.Count, _bench.Request.Provider));

        var error = await _bench.FailAsync(target);
        Assert.Equal((code, TimeSpan.FromSeconds(20)), (error.Code, error.RetryAfter));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Equal(("a", "m-a", 0), (_bench.Request.Provider, _bench.Request.UpstreamModel, _bench.Request.Attempts));
    }

    [Fact]
    public async Task ATargetThatRestsShortly_IsAskedAfterwards_WhenNobodyElseCould()
    {
        var target = _bench.Target(_a.ThenAnswer());
        target.State.CoolDown(FailoverBench.Failure(GatewayErrorCode.UpstreamRateLimited, TimeSpan.FromSeconds(2)).Error, _bench.Options);
        Assert.IsType<JsonAnswer>(await _bench.RunAsync(target, _bench.Target(_b.ThenFail(GatewayErrorCode.UpstreamTimeout))));
        Assert.Equal("ba", Order());
    }

    [Fact]
    public async Task APromptThatIsTooLong_GoesOnlyWhereThereIsMoreRoomOrNobodyKnows()
    {
        var (same, more, unknown) = (_bench.Provider("same"), _bench.Provider("more"), _bench.Provider("unknown"));
        var error = await _bench.FailAsync(
            _bench.Target(_a.ThenFail(GatewayErrorCode.ContextLengthExceeded), 8000),
            _bench.Target(_b.ThenAnswer(), 4000),
            _bench.Target(same.ThenAnswer(), 8000),
            _bench.Target(more.ThenFail(GatewayErrorCode.ContextLengthExceeded), 16_000),
            _bench.Target(unknown.ThenFail(GatewayErrorCode.UpstreamTimeout)));
        Assert.Equal((1, 0, 0, 1, 1), (_a.Count, _b.Count, same.Count, more.Count, unknown.Count));
        Assert.Equal(GatewayErrorCode.ContextLengthExceeded, error.Code);
    }

    [Theory]
    [InlineData(GatewayErrorCode.UpstreamError)]
    [InlineData(GatewayErrorCode.UpstreamUnavailable)]
    public async Task WithoutABudget_NothingIsAskedTwice(GatewayErrorCode code)
    {
        _bench.Options.RetryBudget = 0;
        var target = _bench.Target(_a.ThenFail(code));
        while (target.State.Retries.TryTake("k"))
        {
        }

        await _bench.FailAsync(target);
        Assert.Equal(1, _a.Count);
    }

    [Fact]
    public async Task ARetryThatIsPutOff_IsPaidForOnce()
    {
        _bench.Options.RetryBudget = 0;
        var target = _bench.Target(_a.ThenFail(GatewayErrorCode.UpstreamRateLimited, TimeSpan.FromSeconds(3)).ThenAnswer());
        var other = _bench.Target(_b.ThenFail(GatewayErrorCode.UpstreamRateLimited, TimeSpan.FromSeconds(1)));
        Assert.IsType<JsonAnswer>(await _bench.RunAsync(target, other));
        Assert.Equal("abba", Order());
        Assert.Equal(9, target.State.Retries.Available("k"));
    }

    [Theory]
    [InlineData(GatewayErrorCode.UpstreamError, null)]
    [InlineData(GatewayErrorCode.UpstreamRateLimited, 4)]
    public async Task AClientThatLeavesDuringAWait_IsNotWaitedFor(GatewayErrorCode code, int? seconds)
    {
        var running = _bench.StartAsync(
            _bench.Target(_a.ThenFail(code, seconds is { } s ? TimeSpan.FromSeconds(s) : null)), _bench.Target(_b.ThenFail(GatewayErrorCode.UpstreamRateLimited)));
        await _bench.WaitsAsync();
        _bench.Leave();
        var error = Assert.IsType<ErrorAnswer>(await running.WaitAsync(TestTimeouts.Default)).Error;
        Assert.Equal((GatewayErrorCode.ClientClosedRequest, 1), (error.Code, _a.Count));
    }

    [Fact]
    public async Task AFullTarget_IsPassedOver()
    {
        _bench.Options.Admission.MaxQueueLength = 0;
        var full = _bench.Target(_a.ThenAnswer());
        full.State.Admission.Capacity = 1;
        await full.State.Admission.EnterAsync(RequestPriority.Normal, 0, TimeSpan.Zero, CancellationToken.None);

        Assert.IsType<JsonAnswer>(await _bench.RunAsync(full, _bench.Target(_b.ThenAnswer())));
        Assert.Equal((0, 1), (_a.Count, _bench.Request.Attempts));
        Assert.Equal(GatewayErrorCode.Overloaded, (await _bench.FailAsync(full)).Code);
    }

    /// <summary>Who came while the trial of another request was under way finds the target back, and does not have it rest.</summary>
    [Fact]
    public async Task WhileATrialIsUnderWay_OthersComeBackShortlyAfter()
    {
        (_bench.Options.CircuitBreaker.MinimumThroughput, _bench.Options.CircuitBreaker.BreakDuration) = (2, TimeSpan.FromSeconds(1));
        var trial = new TaskCompletionSource<GatewayAnswer>();
        _a.ThenFail(GatewayErrorCode.UpstreamError).ThenFail(GatewayErrorCode.UpstreamError).Then(_ => new ValueTask<GatewayAnswer>(trial.Task)).ThenAnswer();
        var target = _bench.Target(_a);
        await _bench.FailAsync(target);
        Assert.Equal(CircuitPosition.Open, target.State.Circuit);
        _bench.Time.Advance(TimeSpan.FromSeconds(1));

        var first = _bench.StartAsync(target);
        var second = _bench.StartAsync(target);
        await _bench.WaitsAsync();
        Assert.Equal((3, TimeSpan.Zero), (_a.Count, target.State.RemainingCoolDown));
        trial.SetResult(FakeProvider.JsonAnswer("{}"));
        Assert.IsType<JsonAnswer>(await first.WaitAsync(TestTimeouts.Default));
        Assert.IsType<JsonAnswer>(await _bench.WhileTimePassesAsync(second));
        Assert.Equal(4, _a.Count);
    }

    private string Order() => string.Concat(
        _a.Times.Select((t, i) => (Time: t, Order: i, Name: "a")).Concat(_b.Times.Select((t, i) => (Time: t, Order: i, Name: "b")))
            .OrderBy(c => c.Time).ThenBy(c => c.Name, StringComparer.Ordinal).Select(c => c.Name));
}
