using LlmGateway.Simulator;
using LlmGateway.Simulator.Models;

namespace LlmGateway.Api.Tests.Inference;

/// <summary>A provider with several keys, some of which it refuses.</summary>
public sealed class CredentialTests : IAsyncLifetime
{
    private const string Good = "sk-up-good";
    private SimulatorServer _simulator = null!;

    public async Task InitializeAsync() => _simulator = await SimulatorServer.StartAsync(new SimulatorOptions
    {
        ApiKeys = [Good, "sk-up-fine"],
        Models = [new SimulatedModel { Name = "sim-fast", FirstTokenDelay = TimeSpan.Zero, TokensPerSecond = 0 }],
    });

    public async Task DisposeAsync() => await _simulator.DisposeAsync();

    [Fact]
    public async Task RefusedKeys_AreNotSeenByClients()
    {
        await using var gateway = await StartAsync("sk-up-old", Good, "sk-up-gone", "sk-up-fine");
        for (var i = 0; i < 8; i++)
        {
            using var response = await gateway.Client.PostAsync(Json.ChatPath, Json.Content(Json.Chat("!echo one two")));
            var text = await response.Content.ReadAsStringAsync();
            Assert.True(response.IsSuccessStatusCode, text);
            Assert.Equal("one two", Json.ContentOf(text));
        }

        var stream = await gateway.Client.PostAsync(Json.ChatPath, Json.Content(Json.ChatStream("!echo one two")));
        Assert.EndsWith("data: [DONE]\n\n", await stream.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(gateway.Errors);
    }

    [Fact]
    public async Task OnlyRefusedKeys_AreAnErrorThatNamesNone()
    {
        await using var gateway = await StartAsync("sk-up-old", "sk-up-gone");
        foreach (var ask in (string[])[Json.Chat("x"), Json.ChatStream("x"), Json.Chat("x")])
        {
            using var response = await gateway.Client.PostAsync(Json.ChatPath, Json.Content(ask));
            var error = await ErrorAssert.IsAsync(response, 502, "upstream_credentials_exhausted");
            Assert.DoesNotContain("sk-up", error.GetRawText(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task LimitedKeys_TellWhenToComeBack()
    {
        await using var gateway = await StartAsync(Good, "sk-up-fine");
        _simulator.Faults.Set("sim-fast", "status;code=429;retry=30");

        using var response = await gateway.Client.PostAsync(Json.ChatPath, Json.Content(Json.Chat("x")));

        await ErrorAssert.IsAsync(response, 429, "upstream_rate_limited");
        Assert.InRange(response.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30));
        // The provider said when to come back: until then it is left alone.
        var calls = _simulator.Requests.Count;
        using var later = await gateway.Client.PostAsync(Json.ChatPath, Json.Content(Json.Chat("x")));
        await ErrorAssert.IsAsync(later, 429, "upstream_rate_limited");
        Assert.Equal(calls, _simulator.Requests.Count);
    }

    private Task<TestGateway> StartAsync(params string[] keys) => TestGateway.StartAsync(
        _simulator.BaseAddress + "v1",
        [("Providers:up:Models:sim-fast:ContextLength", "8192"), .. keys.Select((key, i) => ($"Providers:up:ApiKeys:{i}", (string?)key))]);
}
