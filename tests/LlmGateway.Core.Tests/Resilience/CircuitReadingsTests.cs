using LlmGateway.Core.Errors;
using LlmGateway.Core.Resilience;
using LlmGateway.Core.Routing;
using LlmGateway.TestSupport;

namespace LlmGateway.Core.Tests.Resilience;

/// <summary>What the gauge of circuits says.</summary>
public sealed class CircuitReadingsTests
{
    private static readonly CircuitBreakerOptions Options = new() { MinimumThroughput = 2 };

    private readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task EachCircuitThatWasCalled_IsInOneState()
    {
        var targets = new TargetRegistry(_time);
        var readings = new CircuitReadings(targets, new KeyValuePair<string, object?>("worker_id", "w"));
        targets.Get("never", "called");
        Assert.Empty(readings.Read());

        var state = targets.Get("chat", "llama2");
        var breaker = state.Breaker(Options)!;
        Assert.Equal(["chat:llama2 closed 1 w", "chat:llama2 half_open 0 w", "chat:llama2 open 0 w"], Told(readings));
        await breaker.ReportAsync(new GatewayError(GatewayErrorCode.UpstreamError, "x"));
        await breaker.ReportAsync(new GatewayError(GatewayErrorCode.UpstreamError, "x"));
        Assert.Equal(["chat:llama2 closed 0 w", "chat:llama2 half_open 0 w", "chat:llama2 open 1 w"], Told(readings));
        _time.Advance(Options.BreakDuration);
        Assert.Equal(["chat:llama2 closed 0 w", "chat:llama2 half_open 1 w", "chat:llama2 open 0 w"], Told(readings));
        await state.ResetAsync();
        Assert.Equal(["chat:llama2 closed 1 w", "chat:llama2 half_open 0 w", "chat:llama2 open 0 w"], Told(readings));
    }

    [Fact]
    public void ATargetThatIsGone_EndsWithZeros()
    {
        var targets = new TargetRegistry(_time);
        var readings = new CircuitReadings(targets);
        targets.Get("p", "m").Breaker(Options);
        readings.Read();
        targets.Keep(new HashSet<TargetState>());
        Assert.Equal(["p:m closed 0", "p:m half_open 0", "p:m open 0"], Told(readings));
    }

    private static IEnumerable<string> Told(CircuitReadings readings) => readings.Read().Select(m =>
    {
        var tags = m.Tags.ToArray().ToDictionary(t => t.Key, t => t.Value);
        return $"{tags["circuit"]} {tags["state"]} {m.Value} {tags.GetValueOrDefault("worker_id")}".TrimEnd();
    }).Order(StringComparer.Ordinal);
}
