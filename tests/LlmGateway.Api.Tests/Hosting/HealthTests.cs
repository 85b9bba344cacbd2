using System.Text.Json;
using LlmGateway.Simulator;

namespace LlmGateway.Api.Tests.Hosting;

public class HealthTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    [Theory]
    [InlineData("/health", "healthy")]
    [InlineData("/health/live", "alive")]
    [InlineData("/alive", "alive")]
    public async Task TheProcess_SaysThatItAnswers(string path, string status)
    {
        using var response = await fixture.Client.GetAsync(path);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.ToString());
        Assert.Equal("no-store", response.Headers.CacheControl?.ToString());
        var document = Json.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal(status, document.GetProperty("status").GetString());
        Assert.True(document.GetProperty("timestamp").TryGetDateTimeOffset(out _));
        Assert.True(document.GetProperty("uptime").GetInt64() >= 0);
        Assert.Equal(path == "/health", document.TryGetProperty("version", out _));
    }

    [Fact]
    public async Task Readiness_ComesOnceProvidersHaveBeenAsked()
    {
        using (await fixture.Client.GetAsync("/v1/models"))
        {
            using var response = await fixture.Client.GetAsync("/health/ready");
            Assert.Equal(200, (int)response.StatusCode);
            var document = Json.Parse(await response.Content.ReadAsStringAsync());
            Assert.Equal("ready", document.GetProperty("status").GetString());
            Assert.Equal("healthy", document.GetProperty("checks").GetProperty("providers").GetProperty("status").GetString());
        }
    }

    [Fact]
    public async Task AProviderThatIsAway_DegradesButDoesNotStopTheGateway()
    {
        await using var simulator = await SimulatorServer.StartAsync();
        await using var gateway = await TestGateway.StartAsync(
            simulator.BaseAddress + "v1",
            ("Providers:dead:Type", "openai"), ("Providers:dead:BaseUrl", "http://127.0.0.1:9/v1"), ("Providers:dead:Timeouts:Connect", "00:00:02"));
        using (await gateway.Client.GetAsync("/v1/models"))
        {
            using var response = await gateway.Client.GetAsync("/health/ready");
            Assert.Equal(200, (int)response.StatusCode);
            var document = Json.Parse(await response.Content.ReadAsStringAsync());
            Assert.Equal("degraded", document.GetProperty("status").GetString());
            var check = document.GetProperty("checks").GetProperty("providers");
            Assert.Equal("degraded", check.GetProperty("status").GetString());
            // Anybody may ask: how many, and not which.
            Assert.Equal("1 of 2 providers cannot be used.", check.GetProperty("description").GetString());
            Assert.DoesNotContain("dead", document.GetRawText(), StringComparison.Ordinal);
        }

        using var chat = await gateway.Client.PostAsync(Json.ChatPath, Json.Content(Json.Chat("!echo works", "sim-small")));
        Assert.Equal("works", Json.ContentOf(await chat.Content.ReadAsStringAsync()));
    }

    [Fact]
    public async Task BeforeProvidersHaveAnswered_TheGatewayIsNotReady()
    {
        await using var simulator = await SimulatorServer.StartAsync();
        simulator.Faults.Set("*", "stall");
        await using var gateway = await TestGateway.StartAsync(simulator.BaseAddress + "v1");
        using var response = await gateway.Client.GetAsync("/health/ready");
        Assert.Equal(503, (int)response.StatusCode);
        var document = Json.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal("not_ready", document.GetProperty("status").GetString());
        Assert.Equal(JsonValueKind.String, document.GetProperty("checks").GetProperty("providers").GetProperty("description").ValueKind);
    }
}
