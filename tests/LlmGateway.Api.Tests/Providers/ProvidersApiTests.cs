using System.Text.Json;
using LlmGateway.Simulator;

namespace LlmGateway.Api.Tests.Providers;

public sealed class ProvidersApiTests : IAsyncLifetime
{
    private SimulatorServer _simulator = null!;
    private TestGateway _gateway = null!;

    public async Task InitializeAsync()
    {
        _simulator = await SimulatorServer.StartAsync();
        _gateway = await TestGateway.StartAsync(
            _simulator.BaseAddress + "v1",
            ("Routing:AttemptsPerTarget", "1"), ("Routing:CircuitBreaker:MinimumThroughput", "2"),
            ("Providers:up:Models:sim-small:Prices:Input", "10"), ("Providers:up:Models:sim-small:Prices:Output", "30"),
            ("Providers:up:Models:broken:UpstreamName", "sim-small+status-code-500"), ("Providers:up:Models:broken:Priority", "5"),
            ("Providers:dead:Type", "openai"), ("Providers:dead:BaseUrl", "http://127.0.0.1:9/v1"), ("Providers:dead:SecurityLevel", "low"),
            ("Providers:local:Type", "ollama"),
            ("Providers:local:Endpoints:good:BaseUrl", _simulator.BaseAddress.ToString()),
            ("Providers:local:Endpoints:gone:BaseUrl", "http://127.0.0.1:9"));
    }

    public async Task DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _simulator.DisposeAsync();
    }

    [Fact]
    public async Task EachProvider_IsOneEntry_WithItsState()
    {
        var text = await _gateway.Client.GetStringAsync("/providers");
        Assert.DoesNotContain("127.0.0.1", text, StringComparison.Ordinal);
        var providers = Json.Parse(text).GetProperty("providers").EnumerateArray().ToDictionary(p => p.GetProperty("name").GetString()!);
        Assert.Equal(["dead", "local", "up"], providers.Keys.Order());

        var up = providers["up"];
        Assert.Equal(
            ("cloud", "sim-small", "medium", "available"),
            (Text(up, "type"), Text(up, "model"), Text(up, "security_level"), Text(up, "status")));
        Assert.Equal(0.00003m, up.GetProperty("cost_per_token").GetDecimal());
        Assert.InRange(up.GetProperty("last_checked").GetDouble(), 1_700_000_000, 10_000_000_000);

        var local = providers["local"];
        Assert.Equal(("local", "high", "degraded"), (Text(local, "type"), Text(local, "security_level"), Text(local, "status")));
        Assert.Equal(0, local.GetProperty("cost_per_token").GetDecimal());
        Assert.Equal(["local/gone:unavailable", "local/good:available"], local.GetProperty("endpoints").EnumerateArray().Select(e => $"{Text(e, "name")}:{Text(e, "status")}").Order());

        var dead = providers["dead"];
        Assert.Equal(("low", "unavailable", null), (Text(dead, "security_level"), Text(dead, "status"), Text(dead, "model")));
        Assert.Equal("upstream_unavailable", Text(dead.GetProperty("endpoints")[0], "error"));
    }

    [Fact]
    public async Task AnOpenCircuit_DegradesItsProvider()
    {
        for (var i = 0; i < 3; i++)
        {
            using var failed = await _gateway.Client.PostAsync(Json.ChatPath, Json.Content(Json.Chat("x", "broken")));
        }

        var up = Json.Parse(await _gateway.Client.GetStringAsync("/providers")).GetProperty("providers").EnumerateArray().Single(p => Text(p, "name") == "up");
        Assert.Equal(("degraded", "open"), (Text(up, "status"), Text(up, "circuit")));
    }

    [Fact]
    public async Task DetailedHealth_TellsOfEachProviderAndCheck()
    {
        // The first look at every provider is over.
        await _gateway.Client.GetStringAsync("/providers");
        var health = Json.Parse(await _gateway.Client.GetStringAsync("/health/detailed"));
        Assert.Equal(["service", "version", "uptime", "providers", "checks", "timestamp"], health.EnumerateObject().Select(p => p.Name));
        Assert.Equal("degraded", Text(health, "service"));
        Assert.Equal("degraded", Text(health.GetProperty("checks").GetProperty("providers"), "status"));
        var providers = health.GetProperty("providers");
        Assert.Equal((true, "healthy"), (providers.GetProperty("up").GetProperty("available").GetBoolean(), Text(providers.GetProperty("up"), "status")));
        Assert.Equal((true, "degraded"), (providers.GetProperty("local").GetProperty("available").GetBoolean(), Text(providers.GetProperty("local"), "status")));
        Assert.Equal((false, "unhealthy"), (providers.GetProperty("dead").GetProperty("available").GetBoolean(), Text(providers.GetProperty("dead"), "status")));
        Assert.True(health.GetProperty("timestamp").GetDouble() >= providers.GetProperty("up").GetProperty("last_checked").GetDouble());
    }

    [Theory]
    [InlineData("/providers")]
    [InlineData("/health/detailed")]
    public async Task WithoutAKey_NothingIsShown(string path)
    {
        using var client = _gateway.NewClient(null);
        using var response = await client.GetAsync(path);
        await ProblemAssert.IsAsync(response, 401, "missing_api_key");
    }

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();
}
