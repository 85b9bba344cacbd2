namespace LlmGateway.Api.Tests.Query;

/// <summary>Two providers in front of one Simulator, and models that break.</summary>
public sealed class PlainFixture : GatewayFixture
{
    private static readonly string[] Faults =
        ["cut-after-3", "stall-after-3", "malformed-after-3", "no-finish", "error-event-after-2", "status-code-500", "status-code-418", "status-code-429-retry-7", "end-after-1"];

    protected override (string Name, string? Value)[] Settings =>
    [
        ("Routing:AttemptsPerTarget", "1"),
        ("Routing:CircuitBreaker:Enabled", "false"),
        ("Routing:Fallbacks:dead:0:Model", "up/sim-fast"),
        ("Providers:up:Models:sim-fast:Prices:Input", "1"),
        ("Providers:up:Models:sim-fast:Prices:Output", "3"),
        ("Providers:up:Timeouts:FirstToken", "00:00:20"),
        ("Providers:up:Timeouts:Idle", "00:00:05"),
        ("Providers:second:Type", "openai"),
        ("Providers:second:BaseUrl", Simulator.BaseAddress + "v1"),
        ("Providers:second:Discover", "false"),
        ("Providers:second:Models:own:UpstreamName", "sim-fast"),
        ("Providers:second:Models:own:Prices:Input", "0"),
        ("Providers:second:Models:own:Prices:Output", "0"),
        ("Providers:second:Models:sim-embed:Capabilities:0", "embeddings"),
        ("Providers:dead:Type", "openai"), ("Providers:dead:BaseUrl", "http://127.0.0.1:9/v1"), ("Providers:dead:Discover", "false"),
        ("Providers:dead:Models:dead:UpstreamName", "x"),
        ("Providers:empty:Type", "openai"), ("Providers:empty:BaseUrl", Simulator.BaseAddress + "v1"), ("Providers:empty:Discover", "false"),
        ("Providers:empty:Models:vectors:UpstreamName", "sim-embed"), ("Providers:empty:Models:vectors:Capabilities:0", "embeddings"),
        .. Faults.Select(f => ($"Providers:up:Models:{f}:UpstreamName", (string?)$"sim-fast+{f}")),
    ];

    /// <summary>Posts and reads a whole answer.</summary>
    public async Task<System.Text.Json.JsonElement> AskAsync(string path, string json)
    {
        using var response = await Client.PostAsync(path, Json.Content(json));
        var text = await response.Content.ReadAsStringAsync();
        Assert.True((int)response.StatusCode == 200, text);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.ToString());
        return Json.Parse(text);
    }
}
