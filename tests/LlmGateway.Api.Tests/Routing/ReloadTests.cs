using System.Net.Http.Json;
using LlmGateway.Api.Tests.Support;
using LlmGateway.Simulator;

namespace LlmGateway.Api.Tests.Routing;

/// <summary>Settings of providers, aliases and routing that change while the gateway serves.</summary>
public sealed class ReloadTests : IAsyncLifetime
{
    private SimulatorServer _first = null!;
    private SimulatorServer _second = null!;
    private TestGateway _gateway = null!;

    public async Task InitializeAsync()
    {
        _first = await SimulatorServer.StartAsync();
        _second = await SimulatorServer.StartAsync();
        _gateway = await TestGateway.StartAsync(new Uri(_first.BaseAddress, "v1").ToString());
    }

    public async Task DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _first.DisposeAsync();
        await _second.DisposeAsync();
    }

    [Fact]
    public async Task ANewProviderAndANewAlias_ServeWithoutARestart()
    {
        Assert.Equal(404, await StatusAsync("fresh"));
        _gateway.Change(
            ("Providers:added:Type", "openai"), ("Providers:added:BaseUrl", new Uri(_second.BaseAddress, "v1").ToString()), ("Aliases:fresh", "added/sim-small"));
        await Eventually.IsTrueAsync(async () => await StatusAsync("fresh") == 200, "the alias is served");
        Assert.NotEmpty(_second.Requests);

        // Who is gone from the settings is gone from the models.
        _gateway.Change(("Providers:added:Type", null), ("Providers:added:BaseUrl", null), ("Aliases:fresh", null));
        await Eventually.IsTrueAsync(async () => await StatusAsync("fresh") == 404, "the alias is gone");
        Assert.Equal(200, await StatusAsync("sim-small"));
    }

    [Fact]
    public async Task AStreamThatRuns_EndsWhole_ThoughItsProviderIsReplaced()
    {
        using var response = await _gateway.Client.SendAsync(
            new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = Chat("sim-small", stream: true) }, HttpCompletionOption.ResponseHeadersRead);
        _gateway.Change(("Providers:up:BaseUrl", new Uri(_second.BaseAddress, "v1").ToString()));
        await Eventually.IsTrueAsync(
            async () =>
            {
                await StatusAsync("sim-small");
                return !_second.Requests.All(r => r.Path.EndsWith("/models", StringComparison.Ordinal));
            },
            "requests go to the new address");
        Assert.EndsWith("data: [DONE]\n\n", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task MistakesInAChange_AreAllLogged_AndNothingOfItIsTakenOver()
    {
        _gateway.Change(("Aliases:fresh", "sim-small"), ("Routing:Strategy", "fastest"), ("Routing:MaxAttempts", "0"));
        await Eventually.IsTrueAsync(() => _gateway.Errors.Count >= 2, "the mistakes are logged");
        Assert.Contains(_gateway.Errors, e => e.Contains("Routing:Strategy is 'fastest'", StringComparison.Ordinal));
        Assert.Contains(_gateway.Errors, e => e.Contains("Routing:MaxAttempts is 0", StringComparison.Ordinal));
        Assert.Equal(404, await StatusAsync("fresh"));
        Assert.Equal(200, await StatusAsync("sim-small"));

        _gateway.Change(("Routing:Strategy", "cost"), ("Routing:MaxAttempts", null));
        await Eventually.IsTrueAsync(async () => await StatusAsync("fresh") == 200, "the mended change is taken over");
    }

    private async Task<int> StatusAsync(string model)
    {
        using var response = await _gateway.Client.PostAsync("/v1/chat/completions", Chat(model, stream: false));
        return (int)response.StatusCode;
    }

    private static JsonContent Chat(string model, bool stream) =>
        JsonContent.Create(new { model, stream, max_tokens = 20, messages = new[] { new { role = "user", content = "Hello" } } });
}
