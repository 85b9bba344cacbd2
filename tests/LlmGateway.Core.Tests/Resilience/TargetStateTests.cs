using LlmGateway.Core.Errors;
using LlmGateway.Core.Resilience;
using LlmGateway.Core.Routing;
using LlmGateway.TestSupport;

namespace LlmGateway.Core.Tests.Resilience;

public sealed class TargetStateTests
{
    private static readonly RoutingOptions Options = new() { Backoff = TimeSpan.FromMilliseconds(250), MaxCoolDown = TimeSpan.FromSeconds(30) };

    private readonly ManualTimeProvider _time = new();
    private readonly TargetState _state;

    public TargetStateTests() => _state = new TargetState("p", "m", _time);

    [Fact]
    public void ATargetThatWasNeverAsked_RestsNot()
    {
        Assert.Equal(TimeSpan.Zero, _state.RemainingCoolDown);
        Assert.Null(_state.LatencySeconds);
        Assert.Null(_state.Circuit);
    }

    [Fact]
    public void WhatTheTargetAskedFor_IsKept()
    {
        Assert.Equal(TimeSpan.FromSeconds(7), CoolDown(7));
        _time.Advance(TimeSpan.FromSeconds(6.5));
        Assert.Equal(TimeSpan.FromSeconds(0.5), _state.RemainingCoolDown);
        _time.Advance(TimeSpan.FromSeconds(0.5));
        Assert.Equal(TimeSpan.Zero, _state.RemainingCoolDown);
    }

    [Fact]
    public void ALongerRest_IsNotShortenedByAShorterOne()
    {
        CoolDown(20);
        CoolDown(1);
        Assert.Equal(TimeSpan.FromSeconds(20), _state.RemainingCoolDown);
        CoolDown(25);
        Assert.Equal(TimeSpan.FromSeconds(25), _state.RemainingCoolDown);
    }

    [Fact]
    public void WithoutAWord_EachRestIsTwiceTheLast_UpToABound()
    {
        double[] rests = [.. Enumerable.Range(0, 10).Select(_ =>
        {
            var rest = CoolDown(null);
            _time.Advance(rest);
            return rest.TotalSeconds;
        })];
        Assert.Equal([0.25, 0.5, 1, 2, 4, 8, 16, 30, 30, 30], rests);
    }

    /// <summary>A hundred calls that were under way when a server restarted are one failure and not a hundred.</summary>
    [Fact]
    public void CallsThatFailTogether_AreOneReasonToRest()
    {
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(TimeSpan.FromSeconds(0.25), CoolDown(null));
        }

        Assert.Equal(TimeSpan.FromSeconds(0.25), _state.RemainingCoolDown);
        _time.Advance(TimeSpan.FromSeconds(0.25));
        Assert.Equal(TimeSpan.FromSeconds(0.5), CoolDown(null));
    }

    [Fact]
    public void AnAnswer_EndsTheDoubling()
    {
        _time.Advance(CoolDown(null));
        _time.Advance(CoolDown(null));
        _state.RecordLatency(TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.FromSeconds(0.25), CoolDown(null));
        Assert.Equal(1, _state.LatencySeconds);
    }

    [Theory]
    [InlineData(100_000)]
    [InlineData(900_000_000_000)]
    public void ARestWithoutEnd_IsNotKept(double seconds)
    {
        Assert.Equal(TimeSpan.FromHours(1), CoolDown(seconds));
        Assert.Equal(TimeSpan.FromHours(1), _state.RemainingCoolDown);
    }

    [Fact]
    public async Task Reset_ForgetsEveryFailure()
    {
        CoolDown(20);
        var breaker = _state.Breaker(new CircuitBreakerOptions { MinimumThroughput = 2 })!;
        await breaker.ReportAsync(new GatewayError(GatewayErrorCode.UpstreamError, "x"));
        await breaker.ReportAsync(new GatewayError(GatewayErrorCode.UpstreamError, "x"));
        Assert.Equal(CircuitPosition.Open, _state.Circuit);

        await _state.ResetAsync();
        Assert.Equal(TimeSpan.Zero, _state.RemainingCoolDown);
        Assert.Equal(CircuitPosition.Closed, _state.Circuit);
        Assert.Equal(TimeSpan.FromSeconds(0.25), CoolDown(null));
    }

    [Fact]
    public void SettingsThatSayTheSame_KeepTheCircuit_OthersMakeANewOne()
    {
        var first = _state.Breaker(new CircuitBreakerOptions());
        Assert.NotNull(first);
        Assert.Same(first, _state.Breaker(new CircuitBreakerOptions()));
        Assert.NotSame(first, _state.Breaker(new CircuitBreakerOptions { FailureRatio = 0.9 }));
        Assert.Null(_state.Breaker(new CircuitBreakerOptions { Enabled = false }));
        Assert.Null(_state.Circuit);
        Assert.Equal(TimeSpan.Zero, _state.RemainingBreak);
    }

    [Fact]
    public async Task TheRegistry_KeepsStateForTargetsThatAreServed()
    {
        var registry = new TargetRegistry(_time);
        var (kept, busy, gone) = (registry.Get("a", "m"), registry.Get("b", "m"), registry.Get("c", "m"));
        Assert.Equal(Admission.Admitted, await busy.Admission.EnterAsync(RequestPriority.Normal, 0, TimeSpan.Zero, CancellationToken.None));
        registry.Keep(new HashSet<TargetState> { kept });
        Assert.Same(kept, registry.Get("a", "m"));
        Assert.Same(busy, registry.Get("b", "m"));
        Assert.NotSame(gone, registry.Get("c", "m"));
    }

    private TimeSpan CoolDown(double? asked) => _state.CoolDown(
        new GatewayError(GatewayErrorCode.UpstreamRateLimited, "x") { RetryAfter = asked is { } seconds ? TimeSpan.FromSeconds(seconds) : null }, Options);
}
