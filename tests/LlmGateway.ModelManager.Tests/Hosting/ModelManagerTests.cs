using System.Globalization;
using LlmGateway.Contracts.Fleet;
using LlmGateway.ModelManager.Hosting;
using LlmGateway.ModelManager.Nodes;
using LlmGateway.ModelManager.Tests.Support;
using LlmGateway.ServiceDefaults.Fleet;
using LlmGateway.Simulator;
using LlmGateway.TestSupport;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace LlmGateway.ModelManager.Tests.Hosting;

/// <summary>The service as a whole, against real Simulators.</summary>
public class ModelManagerTests
{
    private readonly RecordedEvents _events = new();

    private Task<TestHost> StartAsync(params (string Name, string? Value)[] settings) => TestHost.StartAsync(
        builder =>
        {
            builder.Services.AddSingleton<IModelEvents>(_events);
            builder.AddModelManager();
        },
        app => app.MapModelManager(),
        [("ModelManager:PollInterval", "00:00:00.100"), ("ModelManager:RequestTimeout", "00:00:10"), .. settings]);

    private static NodeModels? Node(TestHost manager, string name) =>
        manager.Services.GetServices<IFleetSource>().SelectMany(s => s.Entries).OfType<NodeModels>().SingleOrDefault(n => n.Id == name);

    private static async Task LoadAsync(SimulatorServer node, string model, string keepAlive)
    {
        using var http = new HttpClient { BaseAddress = node.BaseAddress };
        using var response = await http.PostAsync("api/generate", new StringContent($$"""{"model":"{{model}}","keep_alive":{{keepAlive}}}"""));
        response.EnsureSuccessStatusCode();
    }

    [Fact]
    public async Task EachNode_IsAnEntryOfTheFleet_AndLoadsAreTold()
    {
        await using var one = await SimulatorServer.StartAsync();
        await using var two = await SimulatorServer.StartAsync();
        await using var manager = await StartAsync(("Nodes:one:BaseUrl", one.BaseAddress.ToString()), ("Nodes:two:BaseUrl", two.BaseAddress.ToString()));
        await manager.WaitForReadinessAsync(d => d.GetProperty("status").GetString() == "ready");
        Assert.Contains(Node(manager, "one")!.Models, m => m.Name == "sim-small:latest" && !m.Loaded);
        Assert.Equal(one.BaseAddress.ToString().TrimEnd('/'), Node(manager, "one")!.BaseUrl);

        await LoadAsync(one, "sim-small", "-1");
        await Eventually.IsTrueAsync(() => Node(manager, "one")!.Models.Any(m => m is { Name: "sim-small:latest", Loaded: true }), "the model is seen loaded");
        Assert.DoesNotContain(Node(manager, "two")!.Models, m => m.Loaded);
        await LoadAsync(one, "sim-small", "0");
        await Eventually.IsTrueAsync(() => _events.All.Count >= 2, "both events");
        Assert.Equal(["+sim-small:latest", "-sim-small:latest"], _events.All);
    }

    [Fact]
    public async Task ANodeThatGoesAndComesBack_DegradesInBetween_AndUnloadsNothing()
    {
        var node = await SimulatorServer.StartAsync();
        var address = node.BaseAddress.ToString();
        await LoadAsync(node, "sim-small", "-1");
        await using var manager = await StartAsync(("Nodes:one:BaseUrl", address));
        await manager.WaitForReadinessAsync(d => d.GetProperty("status").GetString() == "ready");

        node.Faults.Set("*", "status;code=502");
        var (status, degraded) = await manager.WaitForReadinessAsync(d => d.GetProperty("status").GetString() == "degraded");
        Assert.Equal(200, status);
        Assert.Equal("Not reachable: one.", degraded.GetProperty("checks").GetProperty("nodes").GetProperty("description").GetString());
        Assert.Equal("unhealthy", degraded.GetProperty("services").GetProperty("one").GetString());
        Assert.Equal((false, "It answered /api/version with status 502."), (Node(manager, "one")!.Reachable, Node(manager, "one")!.Error));
        Assert.Contains(Node(manager, "one")!.Models, m => m.Loaded);

        node.Faults.Clear();
        await manager.WaitForReadinessAsync(d => d.GetProperty("status").GetString() == "ready");
        Assert.Empty(_events.All);

        // Now it is gone altogether, and comes back with nothing in memory.
        await node.DisposeAsync();
        await manager.WaitForReadinessAsync(d => d.GetProperty("status").GetString() == "degraded");
        Assert.Contains("No connection", Node(manager, "one")!.Error, StringComparison.Ordinal);
        await using var again = await SimulatorServer.StartAsync(null, address);
        await manager.WaitForReadinessAsync(d => d.GetProperty("status").GetString() == "ready");
        await Eventually.IsTrueAsync(() => !_events.All.IsEmpty, "the unload is told");
        Assert.Equal(["-sim-small:latest"], _events.All);
    }

    [Fact]
    public async Task ASilentNode_HoldsUpNoOther()
    {
        await using var silent = await SimulatorServer.StartAsync();
        silent.Faults.Set("*", "stall");
        await using var works = await SimulatorServer.StartAsync();
        await using var manager = await StartAsync(
            ("Nodes:silent:BaseUrl", silent.BaseAddress.ToString()), ("Nodes:works:BaseUrl", works.BaseAddress.ToString()), ("ModelManager:RequestTimeout", "00:02:00"));
        await Eventually.IsTrueAsync(() => Node(manager, "works") is { Reachable: true }, "the other node is asked");
        await LoadAsync(works, "sim-small", "-1");
        await Eventually.IsTrueAsync(() => Node(manager, "works")!.Models.Any(m => m.Loaded), "and asked again");
        Assert.Null(Node(manager, "silent"));
        var (status, document) = await manager.GetJsonAsync("/health/ready");
        Assert.Equal((503, "not_ready"), (status, document.GetProperty("status").GetString()));
    }

    [Fact]
    public async Task Metrics_TellOfEachNode()
    {
        await using var node = await SimulatorServer.StartAsync();
        await LoadAsync(node, "sim-small", "-1");
        await using var manager = await StartAsync(("Nodes:one:BaseUrl", node.BaseAddress.ToString()), ("Nodes:dead:BaseUrl", "http://127.0.0.1:9"));
        await manager.WaitForReadinessAsync(d => d.GetProperty("status").GetString() == "degraded");
        var text = await manager.Client.GetStringAsync("/metrics");
        Assert.Contains("llm_gateway_node_reachable{node=\"one\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("llm_gateway_node_reachable{node=\"dead\"} 0\n", text, StringComparison.Ordinal);
        Assert.Contains("llm_gateway_node_models_loaded{node=\"one\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"llm_gateway_node_models{{node=\"one\"}} {node.Models.Models.Count}\n"), text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("OLLAMA_BASE_URL", "http://ollama:11434", "http://ollama:11434")]
    [InlineData("ConnectionStrings:ollama", "Endpoint=http://aspire:11434;Model=x", "http://aspire:11434")]
    public async Task WellKnownNames_MakeTheNodeOllama(string name, string value, string expected)
    {
        await using var manager = await StartAsync((name, value));
        var nodes = manager.Services.GetRequiredService<IOptions<NodesOptions>>().Value.Nodes;
        Assert.Equal(("ollama", expected), (Assert.Single(nodes).Key, nodes["ollama"].BaseUrl));
    }

    [Fact]
    public async Task AnEntryOfItsOwn_WinsOverAWellKnownName()
    {
        await using var manager = await StartAsync(("OLLAMA_BASE_URL", "http://a:1"), ("Nodes:ollama:BaseUrl", "http://b:2"));
        Assert.Equal("http://b:2", manager.Services.GetRequiredService<IOptions<NodesOptions>>().Value.Nodes["ollama"].BaseUrl);
    }

    [Fact]
    public async Task EveryMistake_IsListedAtOnce()
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(() => StartAsync(
            ("Nodes:one:BaseUrl", "gpu-1"), ("Nodes:two:BaseUrl", "http://me:secret@gpu-2"), ("Nodes:three:Url", "http://gpu-3"),
            ("ModelManager:PollInterval", "00:00:00"), ("ModelManager:RequestTimeout", "1.00:00:00")));
        foreach (var expected in new[]
        {
            "Nodes:one:BaseUrl is 'gpu-1'", "Nodes:two:BaseUrl must not hold a user name", "Nodes:three:BaseUrl is ''", "ModelManager:PollInterval", "ModelManager:RequestTimeout",
        })
        {
            Assert.Contains(expected, error.ToString(), StringComparison.Ordinal);
        }

        Assert.DoesNotContain("secret", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithoutNodes_TheServiceRuns()
    {
        await using var manager = await StartAsync();
        var (status, document) = await manager.GetJsonAsync("/health/ready");
        Assert.Equal((200, "ready"), (status, document.GetProperty("status").GetString()));
    }
}
