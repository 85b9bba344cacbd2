using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Resilience;
using LlmGateway.Core.Routing;
using LlmGateway.Core.Tests.Support;
using LlmGateway.TestSupport;

namespace LlmGateway.Core.Tests.Resilience;

public sealed class CircuitBreakerTests
{
    private static readonly CircuitBreakerOptions Settings = new()
    {
        FailureRatio = 0.5, MinimumThroughput = 4, SamplingDuration = TimeSpan.FromSeconds(30), BreakDuration = TimeSpan.FromSeconds(15),
    };

    private readonly ManualTimeProvider _time = new();
    private readonly CircuitBreaker _breaker;

    public CircuitBreakerTests() => _breaker = new CircuitBreaker(Settings, _time);

    [Fact]
    public async Task TooManyFailures_OpenIt_AndNothingGoesThrough()
    {
        await OpenAsync();
        Assert.Equal(CircuitPosition.Open, _breaker.Position);
        Assert.Equal(TimeSpan.FromSeconds(15), _breaker.RemainingBreak);
        Assert.Null(await _breaker.ExecuteAsync<object?>(_ => throw new InvalidOperationException("was called"), null));
    }

    /// <summary>One caller's requests, whatever is in them, do not take the target from the others.</summary>
    [Fact]
    public async Task FailuresOfOneCallerAlone_OpenItForThatCallerOnly()
    {
        await FailAsync(4, caller: "alice");
        Assert.Equal(CircuitPosition.Open, _breaker.Position);
        Assert.Equal(TimeSpan.FromSeconds(15), _breaker.RemainingBreakFor("alice"));
        Assert.Equal(TimeSpan.Zero, _breaker.RemainingBreakFor("bob"));
        Assert.Null(await CallAsync("alice"));
        Assert.IsType<JsonAnswer>(await CallAsync("bob"));

        _time.Advance(TimeSpan.FromSeconds(15));
        await FailAsync(1, caller: "alice");
        Assert.Null(await CallAsync("alice"));
        Assert.IsType<JsonAnswer>(await CallAsync("bob"));
    }

    /// <summary>Not only a moment later: who asks while it opens is not let through.</summary>
    [Fact]
    public async Task ACircuitThatOpens_IsOpenForItsCallerAtOnce()
    {
        var time = new WatchedTimeProvider();
        var breaker = new CircuitBreaker(Settings, time);
        var called = false;
        Task<GatewayAnswer?>? whileItOpens = null;
        time.Asked = () =>
        {
            if (whileItOpens is null && breaker.Position != CircuitPosition.Closed)
            {
                whileItOpens = breaker.ExecuteAsync<object?>(
                    _ =>
                    {
                        called = true;
                        return ValueTask.FromResult<GatewayAnswer>(FakeProvider.JsonAnswer("{}"));
                    },
                    null, "alice").AsTask();
            }
        };
        GatewayAnswer failed = new ErrorAnswer(new GatewayError(GatewayErrorCode.UpstreamError, "failed"));
        // The one that opens it follows a good one, after which the caller was not known for failures.
        foreach (var answer in new[] { failed, failed, FakeProvider.JsonAnswer("{}"), failed })
        {
            await breaker.ExecuteAsync(static a => ValueTask.FromResult(a), answer, "alice");
        }

        await Eventually.IsTrueAsync(() => whileItOpens is not null, "somebody asked while it opened");
        Assert.Null(await whileItOpens!);
        Assert.False(called);
    }

    [Fact]
    public async Task FailuresOfSeveralCallers_OpenItForAll()
    {
        await FailAsync(3, caller: "alice");
        await FailAsync(1, caller: "bob");
        Assert.Null(await CallAsync("carol"));
        Assert.Equal(TimeSpan.FromSeconds(15), _breaker.RemainingBreakFor("carol"));
    }

    [Fact]
    public async Task WhenAnotherCallerSeesItFailToo_ItIsOpenForAll()
    {
        await FailAsync(4, caller: "alice");
        Assert.IsType<JsonAnswer>(await CallAsync("carol"));
        await FailAsync(1, caller: "bob");
        Assert.Null(await CallAsync("carol"));
    }

    [Fact]
    public async Task ACallerWhoseLastCallWentWell_IsNoWitness()
    {
        await FailAsync(1, caller: "bob");
        Assert.IsType<JsonAnswer>(await CallAsync("bob"));
        await FailAsync(2, caller: "alice");
        Assert.Equal(CircuitPosition.Open, _breaker.Position);
        Assert.IsType<JsonAnswer>(await CallAsync("bob"));
        Assert.Null(await CallAsync("alice"));
    }

    [Fact]
    public async Task ACallersFailuresOfLongAgo_AreNoEvidence()
    {
        await FailAsync(1, caller: "bob");
        _time.Advance(TimeSpan.FromSeconds(46));
        await FailAsync(4, caller: "alice");
        Assert.IsType<JsonAnswer>(await CallAsync("carol"));
    }

    [Fact]
    public async Task FewCalls_OrAFewFailuresAmongThem_LeaveItClosed()
    {
        await FailAsync(3);
        Assert.Equal(CircuitPosition.Closed, _breaker.Position);
        await SucceedAsync(6);
        await FailAsync(1);
        await SucceedAsync(10);
        Assert.Equal(CircuitPosition.Closed, _breaker.Position);
        Assert.Equal(TimeSpan.Zero, _breaker.RemainingBreak);
    }

    [Fact]
    public async Task FailuresOfLongAgo_AreForgotten()
    {
        await FailAsync(3);
        _time.Advance(TimeSpan.FromSeconds(31));
        await FailAsync(3);
        Assert.Equal(CircuitPosition.Closed, _breaker.Position);
    }

    [Theory]
    [InlineData(GatewayErrorCode.UpstreamRateLimited)]
    [InlineData(GatewayErrorCode.UpstreamRejected)]
    [InlineData(GatewayErrorCode.UpstreamCredentials)]
    [InlineData(GatewayErrorCode.ContextLengthExceeded)]
    [InlineData(GatewayErrorCode.ClientClosedRequest)]
    public async Task WhatIsNotTheTargetsFault_DoesNotOpenIt(GatewayErrorCode code)
    {
        await FailAsync(20, code);
        Assert.Equal(CircuitPosition.Closed, _breaker.Position);
    }

    [Fact]
    public async Task AfterTheBreak_OneCallTries_AndItsSuccessCloses()
    {
        await OpenAsync();
        _time.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal(CircuitPosition.HalfOpen, _breaker.Position);
        Assert.Equal(TimeSpan.Zero, _breaker.RemainingBreak);

        var trial = new TaskCompletionSource<GatewayAnswer>();
        var trying = _breaker.ExecuteAsync(static s => new ValueTask<GatewayAnswer>(s.Task), trial).AsTask();
        Assert.Equal(CircuitPosition.HalfOpen, _breaker.Position);
        Assert.Null(await _breaker.ExecuteAsync<object?>(_ => throw new InvalidOperationException("was called"), null));

        trial.SetResult(FakeProvider.JsonAnswer("{}"));
        Assert.IsType<JsonAnswer>(await trying);
        Assert.Equal(CircuitPosition.Closed, _breaker.Position);
    }

    [Fact]
    public async Task ATrialThatFails_OpensItAgain()
    {
        await OpenAsync();
        _time.Advance(TimeSpan.FromSeconds(15));
        await FailAsync(1);
        Assert.Equal(CircuitPosition.Open, _breaker.Position);
        Assert.Equal(TimeSpan.FromSeconds(15), _breaker.RemainingBreak);
    }

    /// <summary>A client that leaves during the trial has shown nothing about the target.</summary>
    [Fact]
    public async Task ATrialThatWasLeft_DoesNotCloseIt()
    {
        await OpenAsync();
        _time.Advance(TimeSpan.FromSeconds(15));
        await FailAsync(1, GatewayErrorCode.ClientClosedRequest);
        Assert.Equal(CircuitPosition.Open, _breaker.Position);
    }

    [Fact]
    public async Task ATrialThatIsRefusedForItsOwnSake_ClosesIt()
    {
        await OpenAsync();
        _time.Advance(TimeSpan.FromSeconds(15));
        await FailAsync(1, GatewayErrorCode.UpstreamRejected);
        Assert.Equal(CircuitPosition.Closed, _breaker.Position);
    }

    [Fact]
    public async Task AnswersThatBreakOffLater_OpenIt()
    {
        for (var i = 0; i < 2; i++)
        {
            await SucceedAsync(1);
            await _breaker.ReportAsync(new GatewayError(GatewayErrorCode.UpstreamInterrupted, "cut"));
        }

        Assert.Equal(CircuitPosition.Open, _breaker.Position);
    }

    [Fact]
    public async Task Reset_ClosesIt()
    {
        await OpenAsync();
        await _breaker.ResetAsync();
        Assert.Equal(CircuitPosition.Closed, _breaker.Position);
        await FailAsync(3);
        Assert.Equal(CircuitPosition.Closed, _breaker.Position);
    }

    private Task OpenAsync() => FailAsync(4);

    private async Task FailAsync(int times, GatewayErrorCode code = GatewayErrorCode.UpstreamUnavailable, string caller = "")
    {
        for (var i = 0; i < times; i++)
        {
            var answer = await _breaker.ExecuteAsync(static code => ValueTask.FromResult<GatewayAnswer>(FailoverBench.Failure(code)), code, caller);
            Assert.Equal(code, Assert.IsType<ErrorAnswer>(answer).Error.Code);
        }
    }

    private ValueTask<GatewayAnswer?> CallAsync(string caller) =>
        _breaker.ExecuteAsync(static _ => ValueTask.FromResult<GatewayAnswer>(FakeProvider.JsonAnswer("{}")), 0, caller);

    private async Task SucceedAsync(int times)
    {
        for (var i = 0; i < times; i++)
        {
            Assert.IsType<JsonAnswer>(await _breaker.ExecuteAsync(static _ => ValueTask.FromResult<GatewayAnswer>(FakeProvider.JsonAnswer("{}")), 0));
        }
    }

    /// <summary>The clock, which says when it is looked at.</summary>
    private sealed class WatchedTimeProvider : TimeProvider
    {
        private bool _isTelling;

        public Action Asked { get; set; } = () => { };

        public override long GetTimestamp()
        {
            if (!_isTelling)
            {
                _isTelling = true;
                Asked();
                _isTelling = false;
            }

            return base.GetTimestamp();
        }
    }
}
