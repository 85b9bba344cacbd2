using LlmGateway.Simulator;
using LlmGateway.Simulator.Models;

namespace LlmGateway.Api.Tests.Ollama;

/// <summary>A gateway in front of a Simulator that speaks Ollama's wire.</summary>
public class OllamaFixture : IAsyncLifetime
{
    private static readonly string[] Faults =
    [
        "cut-after-0", "cut-after-2", "cut-after-2-bytes-30", "end-after-2", "reset", "reset-after-2", "stall-after-2", "malformed-after-2", "truncate-after-2", "no-done",
        "error-event-after-0", "error-event-after-2", "error-body", "html", "split-bytes-1", "crlf", "giant-bytes-17000000", "status-code-404", "status-code-503-retry-3",
    ];

    public SimulatorServer Simulator { get; private set; } = null!;

    public TestGateway Gateway { get; private set; } = null!;

    /// <summary>What the server claims to be.</summary>
    protected virtual string Version => "0.33.0";

    public async Task InitializeAsync()
    {
        Simulator = await SimulatorServer.StartAsync(new SimulatorOptions
        {
            OllamaVersion = Version,
            Models =
            [
                new SimulatedModel { Name = "fast", FirstTokenDelay = TimeSpan.Zero, TokensPerSecond = 0 },
                new SimulatedModel { Name = "slow", FirstTokenDelay = TimeSpan.Zero, TokensPerSecond = 5 },
                new SimulatedModel { Name = "thinker", FirstTokenDelay = TimeSpan.Zero, TokensPerSecond = 0, Capabilities = ModelCapabilities.Completion | ModelCapabilities.Thinking },
                new SimulatedModel { Name = "viewer", FirstTokenDelay = TimeSpan.Zero, TokensPerSecond = 0, Capabilities = ModelCapabilities.Completion | ModelCapabilities.Vision },
                new SimulatedModel { Name = "embedder", FirstTokenDelay = TimeSpan.Zero, Capabilities = ModelCapabilities.Embedding },
            ],
        });
        Gateway = await TestGateway.StartAsync(
        [
            ("Authentication:Keys:test:Key", TestGateway.Key),
            ("Providers:up:Type", "ollama"),
            ("Providers:up:BaseUrl", Simulator.BaseAddress.ToString()),
            ("Providers:up:KeepAlive", "-1"),
            ("Providers:up:Timeouts:Idle", "00:00:01"),
            ("Providers:up:Models:small:UpstreamName", "fast"), ("Providers:up:Models:small:ContextLength", "200"),
            .. Faults.Select(f => ($"Providers:up:Models:{f}:UpstreamName", (string?)$"fast+{f}")),
        ]);
    }

    public async Task DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await Simulator.DisposeAsync();
    }

    public Task<HttpResponseMessage> ChatAsync(string content, string model = "fast", bool stream = false, string more = "") =>
        Gateway.Client.PostAsync(Json.ChatPath, Json.Content(
            $$"""{"model":"{{model}}","stream":{{(stream ? "true" : "false")}},"messages":[{"role":"user","content":"{{content}}"}]{{more}}}"""));
}

/// <summary>The same with a server of the time before it could refuse a prompt that is too long.</summary>
public sealed class OldOllamaFixture : OllamaFixture
{
    protected override string Version => "0.12.5";
}
