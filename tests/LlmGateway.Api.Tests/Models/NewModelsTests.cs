using LlmGateway.Simulator.Models;

namespace LlmGateway.Api.Tests.Models;

/// <summary>Models that come while the gateway runs.</summary>
public class NewModelsTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    [Fact]
    public async Task AModelWithAPercentSign_IsFoundByItsEscapedName()
    {
        fixture.Simulator.Models.Put(new SimulatedModel { Name = "odd%20name" });
        Assert.Equal("odd%20name", await FindEventuallyAsync("odd%2520name"));
    }

    [Fact]
    public async Task AModelPulledMeanwhile_IsFoundWithinSeconds()
    {
        fixture.Simulator.Models.Put(new SimulatedModel { Name = "fresh", FirstTokenDelay = TimeSpan.Zero });
        Assert.Equal("fresh", await FindEventuallyAsync("fresh"));
    }

    private Task<string> FindEventuallyAsync(string path) => Eventually.IsThereAsync(
        async () =>
        {
            using var response = await fixture.Client.GetAsync("/v1/models/" + path);
            return response.IsSuccessStatusCode ? Json.Parse(await response.Content.ReadAsStringAsync()).GetProperty("id").GetString() : null;
        },
        $"model {path} is found");
}
