using LlmGateway.Simulator;

namespace LlmGateway.Api.Tests.Routing;

/// <summary>Routing by the names that other systems set.</summary>
public sealed class WellKnownNamesTests
{
    private static readonly (string Name, string? Value)[] Dead =
        [("Providers:dead:Type", "openai"), ("Providers:dead:BaseUrl", "http://127.0.0.1:9/v1"), ("Providers:dead:Discover", "false"), ("Providers:dead:Models:dead:UpstreamName", "x")];

    [Fact]
    public async Task FallbackModels_AnswerForAModelThatDoesNot()
    {
        await using var simulator = await SimulatorServer.StartAsync();
        await using var gateway = await TestGateway.StartAsync(simulator.BaseAddress + "v1", [.. Dead, ("FALLBACK_MODELS", "nowhere,sim-small")]);
        await gateway.ReadyAsync();
        using var response = await gateway.Client.PostAsync(Json.ChatPath, Json.Content(Json.Chat("!echo works", "dead")));
        Assert.Equal("works", Json.ContentOf(await response.Content.ReadAsStringAsync()));
        Assert.Equal("1", response.Headers.GetValues("x-llm-gateway-fallbacks").Single());
    }

    [Fact]
    public async Task Fallbacks_CanBeSwitchedOff()
    {
        await using var simulator = await SimulatorServer.StartAsync();
        await using var gateway = await TestGateway.StartAsync(
            simulator.BaseAddress + "v1", [.. Dead, ("FALLBACK_MODELS", "sim-small"), ("ENABLE_MODEL_FALLBACK", "false"), ("Routing:AttemptsPerTarget", "1")]);
        using var response = await gateway.Client.PostAsync(Json.ChatPath, Json.Content(Json.Chat("x", "dead")));
        await ErrorAssert.IsAsync(response, 503, "upstream_unavailable");
    }

    [Fact]
    public async Task ASwitchThatIsNone_IsToldAtStart()
    {
        var failure = await TestGateway.FailToStartAsync(("ENABLE_CIRCUIT_BREAKER", "maybe"));
        Assert.Contains("Routing:CircuitBreaker:Enabled", failure.ToString(), StringComparison.Ordinal);
    }
}
