using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Resilience;
using LlmGateway.Core.Routing;
using LlmGateway.Core.Tests.Support;
using LlmGateway.TestSupport;

namespace LlmGateway.Core.Tests.Resilience;

/// <summary>What one call does to the state of its target, and what it notes on its request.</summary>
public sealed class TargetCallerTests
{
    private readonly FailoverBench _bench = new();
    private readonly QueuedProvider _provider;
    private readonly ModelTarget _target;

    public TargetCallerTests()
    {
        _provider = _bench.Provider("a");
        _target = _bench.Target(_provider) with { Prices = new ModelPrices(1, 2) };
        _bench.NewRequest();
    }

    [Fact]
    public async Task ACall_IsNotedOnTheRequest()
    {
        _bench.Time.Advance(TimeSpan.FromSeconds(1));
        await CallAsync(_provider.ThenAnswer());
        var request = _bench.Request;
        Assert.Equal(("a", "m-a", 1, 0), (request.Provider, request.UpstreamModel, request.Attempts, request.Fallbacks));
        Assert.Same(_target.Prices, request.Prices);
        Assert.Equal(_bench.Time.GetTimestamp(), request.UpstreamTimestamp);
        Assert.Equal("m-a", _provider.Calls[0].Model);
        Assert.Same(request.View, _provider.Calls[0].View);
    }

    [Fact]
    public async Task APlace_IsTakenForTheCall()
    {
        var running = -1;
        _provider.Then(() =>
        {
            running = _target.State.Running;
            return FakeProvider.JsonAnswer("{}");
        });
        await CallAsync(_provider);
        Assert.Equal((1, 0), (running, _target.State.Running));
    }

    [Fact]
    public async Task AStream_KeepsItsPlaceUntilItIsDisposed()
    {
        _provider.Then(() => new ScriptedStream().Send("x").Complete());
        var answer = await CallAsync(_provider);
        Assert.Equal(1, _target.State.Running);
        await answer.DisposeAsync();
        await answer.DisposeAsync();
        Assert.Equal(0, _target.State.Running);
    }

    /// <summary>However slowly its client reads it: for the target the call is over.</summary>
    [Theory]
    [InlineData(StreamMode.Buffered)]
    [InlineData(StreamMode.Hold)]
    public async Task AStreamThatIsHeldWhole_KeepsNoPlace(StreamMode mode)
    {
        _bench.NewRequest(mode, "\"stream\":true");
        var inner = new ScriptedStream().Send("x").Complete();
        _provider.Then(() => inner);
        await using var answer = await CallAsync(_provider);
        Assert.Equal(0, _target.State.Running);
        Assert.Equal(1, inner.Disposals);

        var stream = Assert.IsAssignableFrom<StreamAnswer>(answer);
        Assert.True(stream.TryRead(out var chunk));
        Assert.Equal("x", System.Text.Encoding.UTF8.GetString(chunk.Span));
        Assert.False(stream.TryRead(out _));
        Assert.Equal(StreamState.Completed, await stream.WaitAsync());
        await answer.DisposeAsync();
        Assert.Equal((0, 1), (_target.State.Running, inner.Disposals));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ADefectOfAnAdapter_LeavesNoPlaceTaken(bool breaker)
    {
        _bench.Options.CircuitBreaker.Enabled = breaker;
        _provider.Then(() => throw new InvalidOperationException("boom"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => CallAsync(_provider));
        Assert.Equal(0, _target.State.Running);
    }

    [Fact]
    public async Task AFullTarget_IsNotAsked()
    {
        _bench.Options.Admission.MaxQueueLength = 0;
        await FillAsync();
        var error = Error(await CallAsync(_provider.ThenAnswer()));
        Assert.Equal((GatewayErrorCode.Overloaded, TimeSpan.FromSeconds(1)), (error.Code, error.RetryAfter));
        Assert.Equal((0, 0, 1), (_provider.Count, _bench.Request.Attempts, _target.State.Running));
    }

    [Fact]
    public async Task AWaitForAPlace_EndsAtItsBound()
    {
        await FillAsync();
        var error = Error(await _bench.WhileTimePassesAsync(CallAsync(_provider.ThenAnswer())));
        Assert.Equal((GatewayErrorCode.Overloaded, 0, 0), (error.Code, _provider.Count, _target.State.Waiting));
    }

    [Fact]
    public async Task AClientThatLeavesTheQueue_TakesNoPlace()
    {
        await FillAsync();
        var calling = CallAsync(_provider.ThenAnswer());
        Assert.Equal(1, _target.State.Waiting);
        _bench.Leave();
        Assert.Equal(GatewayErrorCode.ClientClosedRequest, Error(await calling.WaitAsync(TestTimeouts.Default)).Code);
        _target.State.Admission.Leave();
        Assert.Equal((0, 0, 0), (_provider.Count, _target.State.Waiting, _target.State.Running));
    }

    [Fact]
    public async Task AnOpenCircuit_IsToldWithItsRemainingTime()
    {
        _bench.Options.CircuitBreaker.MinimumThroughput = 2;
        _provider.ThenFail(GatewayErrorCode.UpstreamError);
        await CallAsync(_provider);
        await CallAsync(_provider);
        var error = Error(await CallAsync(_provider));
        Assert.Equal((GatewayErrorCode.UpstreamUnavailable, TimeSpan.FromSeconds(15)), (error.Code, error.RetryAfter));
        Assert.Equal((2, 2, 0), (_provider.Count, _bench.Request.Attempts, _target.State.Running));
    }

    [Fact]
    public async Task WhileATrialIsUnderWay_ARetryMakesSenseInASecond()
    {
        _bench.Options.CircuitBreaker.MinimumThroughput = 2;
        var trial = new TaskCompletionSource<GatewayAnswer>();
        _provider.ThenFail(GatewayErrorCode.UpstreamError).ThenFail(GatewayErrorCode.UpstreamError).Then(_ => new ValueTask<GatewayAnswer>(trial.Task));
        await CallAsync(_provider);
        await CallAsync(_provider);
        _bench.Time.Advance(TimeSpan.FromSeconds(15));
        var trying = CallAsync(_provider);
        Assert.Equal(TimeSpan.FromSeconds(1), Error(await CallAsync(_provider)).RetryAfter);
        trial.SetResult(FakeProvider.JsonAnswer("{}"));
        Assert.IsType<JsonAnswer>(await trying);
    }

    [Fact]
    public async Task StreamsThatBreakOff_OpenTheCircuit_WithoutCountingTheirClients()
    {
        _bench.Options.CircuitBreaker.MinimumThroughput = 4;
        for (var i = 0; i < 10; i++)
        {
            await DrainAsync(GatewayErrorCode.ClientClosedRequest);
        }

        Assert.Equal(CircuitPosition.Closed, _target.State.Circuit);
        for (var i = 0; i < 10; i++)
        {
            await DrainAsync(GatewayErrorCode.UpstreamInterrupted);
        }

        Assert.Equal(CircuitPosition.Closed, _target.State.Circuit);
        _bench.Time.Advance(TimeSpan.FromMinutes(1));
        for (var i = 0; i < 2; i++)
        {
            await DrainAsync(GatewayErrorCode.UpstreamInterrupted);
        }

        await Eventually.IsTrueAsync(() => _target.State.Circuit == CircuitPosition.Open, "the circuit opens");
    }

    [Fact]
    public async Task Latency_IsThatOfAnswersAlone()
    {
        _provider.Then(() => Slow(FailoverBench.Failure(GatewayErrorCode.UpstreamError), 9)).Then(() => Slow(FakeProvider.JsonAnswer("{}"), 2));
        await CallAsync(_provider);
        Assert.Null(_target.State.LatencySeconds);
        await CallAsync(_provider);
        Assert.Equal(2, _target.State.LatencySeconds);
    }

    /// <summary>How long the gateway itself holds a stream back says nothing about its target.</summary>
    [Fact]
    public async Task Latency_LeavesOutTheTimeInWhichAStreamIsHeld()
    {
        _bench.NewRequest(StreamMode.Buffered, "\"stream\":true");
        var stream = new ScriptedStream().Send("x");
        _provider.Then(() => Slow(stream, 2));
        var calling = CallAsync(_provider);
        _bench.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.False(calling.IsCompleted);
        stream.Complete();
        await using var answer = await calling.WaitAsync(TestTimeouts.Default);
        Assert.Equal(2, _target.State.LatencySeconds);
    }

    [Fact]
    public async Task CallsOfAFallback_AreCounted()
    {
        _provider.ThenAnswer();
        await new TargetCaller(_bench.Time).CallAsync(_bench.Request, new Candidate(_target, new FallbackOptions { MaxTokens = 5 }), _bench.Options);
        Assert.Equal((1, 1), (_bench.Request.Attempts, _bench.Request.Fallbacks));
        Assert.Equal(5, _provider.Calls[0].View.MaxTokens);
    }

    private Task<GatewayAnswer> CallAsync(QueuedProvider provider)
    {
        Assert.Same(_provider, provider);
        return new TargetCaller(_bench.Time).CallAsync(_bench.Request, new Candidate(_target), _bench.Options).AsTask();
    }

    private async Task FillAsync()
    {
        _target.State.Admission.Capacity = 1;
        Assert.Equal(Admission.Admitted, await _target.State.Admission.EnterAsync(RequestPriority.Normal, 0, TimeSpan.Zero, CancellationToken.None));
    }

    private async Task DrainAsync(GatewayErrorCode end)
    {
        _provider.Then(() => new ScriptedStream().Send("x").Fail(end));
        _provider.Calls.Clear();
        var stream = Assert.IsAssignableFrom<StreamAnswer>(await CallAsync(_provider));
        while (await stream.WaitAsync() == StreamState.Ready)
        {
            while (stream.TryRead(out _))
            {
            }
        }

        await stream.DisposeAsync();
    }

    private GatewayAnswer Slow(GatewayAnswer answer, double seconds)
    {
        _bench.Time.Advance(TimeSpan.FromSeconds(seconds));
        return answer;
    }

    private static GatewayError Error(GatewayAnswer answer) => Assert.IsType<ErrorAnswer>(answer).Error;
}
