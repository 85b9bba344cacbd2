using LlmGateway.AppHost.ClosedNetwork;
using LlmGateway.Simulator;
using LlmGateway.TestSupport;

namespace LlmGateway.AppHost.Tests.ClosedNetwork;

/// <summary>The AppHost's own Ollama resource against the Simulator, which speaks Ollama's protocol.</summary>
public sealed class OllamaModelsTests : IAsyncLifetime
{
    private SimulatorServer _simulator = null!;
    private OllamaModels _models = null!;

    public async Task InitializeAsync()
    {
        _simulator = await SimulatorServer.StartAsync();
        _models = new OllamaModels(_simulator.BaseAddress);
    }

    public Task DisposeAsync() => _simulator.DisposeAsync().AsTask();

    [Fact]
    public async Task APulledModel_IsThere_AndItsProgressWasTold()
    {
        Assert.False(await _models.HasAsync("llama3.2:1b", TestTimeouts.Token()));
        List<(string Status, double? Part)> told = [];

        await _models.PullAsync("llama3.2:1b", (status, part) => Record(told, status, part), TestTimeouts.Token());

        Assert.True(await _models.HasAsync("llama3.2:1b", TestTimeouts.Token()));
        Assert.Equal(("pulling manifest", (double?)null), told[0]);
        Assert.Contains(told, step => step.Part is > 0 and < 1);
        Assert.Contains(told, step => step.Part is 1);
        Assert.Equal("success", told[^1].Status);
    }

    [Fact]
    public async Task AModelThatTheRegistryLacks_IsToldAsTheServerSaysIt()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(
            () => _models.PullAsync("missing:1b", static (_, _) => Task.CompletedTask, TestTimeouts.Token()));
        Assert.Contains("pull model manifest", error.Message, StringComparison.Ordinal);
        Assert.False(await _models.HasAsync("missing:1b", TestTimeouts.Token()));
    }

    [Fact]
    public async Task APullThatBreaksOff_IsNoSuccess()
    {
        _simulator.Faults.Set("*", "cut;after=3");
        await Assert.ThrowsAnyAsync<Exception>(() => _models.PullAsync("llama3.2:1b", static (_, _) => Task.CompletedTask, TestTimeouts.Token()));
    }

    private static Task Record(List<(string, double?)> told, string status, double? part)
    {
        told.Add((status, part));
        return Task.CompletedTask;
    }
}
