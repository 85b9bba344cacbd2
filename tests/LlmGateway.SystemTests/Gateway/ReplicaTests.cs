using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using LlmGateway.Simulator.Models;
using LlmGateway.TestGateway;
using LlmGateway.TestSupport;

namespace LlmGateway.SystemTests.Gateway;

/// <summary>Several Apis on the same servers, while services end.</summary>
[Collection(SystemCollection.Name)]
public sealed class ReplicaTests(SystemServers servers) : IAsyncLifetime
{
    private const string Key = "sk-test-replica-0123456789abcdef";

    private static readonly (string, string) KeySetting = ("Authentication:Keys:k:Key", Key);

    private static readonly (string, string)[] Restartable = [("Server:ShutdownDelay", "00:00:02"), ("Server:DrainTimeout", "00:00:20")];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        servers.Simulator.Reset();
        await servers.EndServicesAsync();
    }

    [Fact]
    public async Task ARollingRestart_DropsNoRequest_AndCutsNoStream()
    {
        var database = await servers.NewDatabaseAsync();
        (string, string)[] settings = [KeySetting, .. Restartable];
        var first = await Task.WhenAll(servers.StartApiAsync(Runs.AsProcess, database, settings), servers.StartApiAsync(Runs.AsProcess, database, settings));
        await using var balancer = new ReadinessBalancer(first);
        // A stream takes a second.
        await using var load = new ChatLoad(balancer.Next, Key, streamModel: "sim-slow");
        await Eventually.IsTrueAsync(() => load.Results.Count(r => r.Stream) > 4);

        foreach (var old in first)
        {
            balancer.Add(await servers.StartApiAsync(Runs.AsProcess, database, settings));
            Assert.Equal(0, await old.Process.StopAsync());
        }

        var before = load.Results.Count(r => r.Stream);
        await Eventually.IsTrueAsync(() => load.Results.Count(r => r.Stream) > before + 4);
        var results = await load.StopAsync();
        Assert.Empty(results.Where(r => r.Problem is not null).Select(r => r.Problem));
    }

    [Fact]
    public async Task WhatTheModelManagerSees_IsKnownToEveryReplica_AndForgottenWhenItIsKilled()
    {
        var database = await servers.NewDatabaseAsync();
        var ollama = servers.Simulator.BaseAddress.ToString();
        (string, string)[] settings = [KeySetting, ("Authentication:Keys:k:Roles:0", "admin"), ("Providers:local:Type", "ollama"), ("Providers:local:BaseUrl", ollama)];
        var replicas = await Task.WhenAll(servers.StartApiAsync(Runs.Inside, database, settings), servers.StartApiAsync(Runs.Inside, database, settings));
        var manager = await servers.StartAsync(
            GatewayProgram.ModelManager, Runs.AsProcess, database, ("Nodes:local:BaseUrl", ollama), ("ModelManager:PollInterval", "00:00:00.2"));
        await Eventually.IsTrueAsync(async () => (await NodeAsync(replicas[0])).Count > 0 && (await NodeAsync(replicas[1])).Count > 0);

        var model = $"pulled-{Guid.NewGuid():N}:latest";
        servers.Simulator.Models.Put(new SimulatedModel { Name = model });
        var clock = Stopwatch.StartNew();
        await Eventually.IsTrueAsync(async () => (await NodeAsync(replicas[0])).Contains(model) && (await NodeAsync(replicas[1])).Contains(model));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(2), $"It took {clock.Elapsed} until every replica knew.");
        await Eventually.IsTrueAsync(async () => await ListsAsync(replicas[0], model) && await ListsAsync(replicas[1], model));

        await manager.DisposeAsync();
        await Eventually.IsTrueAsync(async () => (await NodeAsync(replicas[0])).Count == 0 && (await NodeAsync(replicas[1])).Count == 0);
    }

    /// <summary>Models of the node as this replica knows it; none when there is no node.</summary>
    private static async Task<IReadOnlyList<string?>> NodeAsync(GatewayService replica)
    {
        var node = (await GetAsync(replica, "/admin/fleet")).GetProperty("nodes").EnumerateArray().FirstOrDefault(n => n.GetProperty("id").GetString() == "local");
        return node.ValueKind == JsonValueKind.Undefined ? [] : [.. node.GetProperty("models").EnumerateArray().Select(m => m.GetProperty("name").GetString())];
    }

    private static async Task<bool> ListsAsync(GatewayService replica, string model) =>
        (await GetAsync(replica, "/v1/models")).GetProperty("data").EnumerateArray().Any(m => m.GetProperty("id").GetString() == model);

    private static async Task<JsonElement> GetAsync(GatewayService replica, string path)
    {
        using var answer = await Chats.GetAsync(replica.Client, Key, path);
        return await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();
    }

    /// <summary>A load balancer as operators have it: asks for readiness, and sends to those that are ready, in turn.</summary>
    private sealed class ReadinessBalancer : IAsyncDisposable
    {
        private readonly CancellationTokenSource _end = new();
        private readonly Task _polling;
        private volatile GatewayService[] _all;
        private volatile GatewayService[] _ready;
        private int _turn;

        public ReadinessBalancer(GatewayService[] replicas)
        {
            _all = _ready = replicas;
            _polling = Task.Run(PollAsync);
        }

        public void Add(GatewayService replica) => _all = [.. _all, replica];

        public HttpClient Next()
        {
            var ready = _ready;
            return ready[(int)((uint)Interlocked.Increment(ref _turn) % ready.Length)].Client;
        }

        public async ValueTask DisposeAsync()
        {
            await _end.CancelAsync();
            await _polling;
            _end.Dispose();
        }

        private async Task PollAsync()
        {
            while (!_end.IsCancellationRequested)
            {
                var all = _all;
                var states = await Task.WhenAll(all.Select(r => r.StatusAsync()));
                _ready = [.. all.Where((_, i) => states[i] is "ready" or "degraded")];
                await Task.Delay(100, CancellationToken.None);
            }
        }
    }
}
