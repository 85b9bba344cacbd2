using LlmGateway.Simulator;
using LlmGateway.Simulator.Models;

namespace LlmGateway.Api.Tests.Support;

/// <summary>A gateway with its default settings in front of a Simulator of fast models.</summary>
public class GatewayFixture : IAsyncLifetime
{
    public SimulatorServer Simulator { get; private set; } = null!;

    public TestGateway Gateway { get; private set; } = null!;

    public HttpClient Client => Gateway.Client;

    /// <summary>Settings beside those of the provider.</summary>
    protected virtual (string Name, string? Value)[] Settings => [];

    public async Task InitializeAsync()
    {
        Simulator = await SimulatorServer.StartAsync(new SimulatorOptions
        {
            RecordedRequests = 2000,
            Models =
            [
                new SimulatedModel { Name = "sim-fast", FirstTokenDelay = TimeSpan.Zero, TokensPerSecond = 0, ContextLength = 1_000_000 },
                new SimulatedModel { Name = "sim-paced", FirstTokenDelay = TimeSpan.Zero, TokensPerSecond = 50 },
                new SimulatedModel { Name = "meta/llama:8b", FirstTokenDelay = TimeSpan.Zero, TokensPerSecond = 0 },
                new SimulatedModel { Name = "sim-embed", Capabilities = ModelCapabilities.Embedding, FirstTokenDelay = TimeSpan.Zero },
            ],
        });
        Gateway = await TestGateway.StartAsync(Simulator.BaseAddress + "v1", [
            ("Aliases:best", "sim-fast"),
            .. Settings,
        ]);
    }

    public virtual async Task DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await Simulator.DisposeAsync();
    }

    /// <summary>Waits until the Simulator answers nobody any more.</summary>
    public async Task QuietAsync()
    {
        var end = TestTimeouts.Token();
        while (Simulator.Stats.Total.Active > 0)
        {
            end.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}

/// <summary>A gateway that waits for nothing long.</summary>
public sealed class ImpatientFixture : GatewayFixture
{
    protected override (string Name, string? Value)[] Settings =>
    [
        ("Server:RequestBodyTimeout", "00:00:00.7"),
        ("Server:StreamKeepAlive", "00:00:00.1"),
        ("Providers:up:Timeouts:Connect", "00:00:01"),
        ("Providers:up:Timeouts:FirstToken", "00:00:01.5"),
        ("Providers:up:Timeouts:Idle", "00:00:01"),
        ("Providers:up:Timeouts:Total", "00:00:10"),
    ];
}
