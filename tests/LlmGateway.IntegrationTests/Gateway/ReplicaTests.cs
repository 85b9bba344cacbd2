using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using LlmGateway.Simulator.Models;
using LlmGateway.TestSupport;

namespace LlmGateway.IntegrationTests.Gateway;

/// <summary>Several Api processes on the same servers.</summary>
public sealed class ReplicaTests(GatewayServers servers) : IClassFixture<GatewayServers>, IAsyncLifetime
{
    private static readonly (string, string)[] Restartable = [("Server:ShutdownDelay", "00:00:02"), ("Server:DrainTimeout", "00:00:20")];

    private readonly string _database = servers.NewDatabase();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => servers.EndProcessesAsync();

    [Fact]
    public async Task TwoReplicas_StartAtOnce_OnAnEmptyDatabase()
    {
        var replicas = await Task.WhenAll(servers.StartReplicaAsync(_database, Key("k")), servers.StartReplicaAsync(_database, Key("k")));

        foreach (var replica in replicas)
        {
            Assert.Equal("ready", await replica.StatusAsync());
            await using var load = new ChatLoad(() => replica.Client, KeyOf("k"));
            await WaitFor.TrueAsync(() => Task.FromResult(load.Results.Count > 4));
            Assert.All(await load.StopAsync(), result => Assert.Null(result.Problem));
        }
    }

    [Fact]
    public async Task ARollingRestart_DropsNoRequest_AndCutsNoStream()
    {
        (string, string)[] settings = [Key("k"), .. Restartable];
        var first = await Task.WhenAll(servers.StartReplicaAsync(_database, settings), servers.StartReplicaAsync(_database, settings));
        await using var balancer = new ReadinessBalancer(first);
        // A stream takes a second.
        await using var load = new ChatLoad(balancer.Next, KeyOf("k"), streamModel: "sim-slow");
        await WaitFor.TrueAsync(() => Task.FromResult(load.Results.Count(r => r.Stream) > 4));

        foreach (var old in first)
        {
            balancer.Add(await servers.StartReplicaAsync(_database, settings));
            Assert.Equal(0, await old.Process.StopAsync());
        }

        var before = load.Results.Count(r => r.Stream);
        await WaitFor.TrueAsync(() => Task.FromResult(load.Results.Count(r => r.Stream) > before + 4));
        var results = await load.StopAsync();
        Assert.Empty(results.Where(r => r.Problem is not null).Select(r => r.Problem));
    }

    [Fact]
    public async Task WhatTheModelManagerSees_IsKnownToEveryReplica_AndForgottenWhenItIsKilled()
    {
        var ollama = servers.Simulator.BaseAddress.ToString();
        (string, string)[] settings = [Key("k"), ("Authentication:Keys:k:Roles:0", "admin"), ("Providers:local:Type", "ollama"), ("Providers:local:BaseUrl", ollama)];
        var replicas = await Task.WhenAll(servers.StartReplicaAsync(_database, settings), servers.StartReplicaAsync(_database, settings));
        var manager = await servers.StartServiceAsync(
            "LlmGateway.ModelManager", ("Nodes:local:BaseUrl", ollama), ("ModelManager:PollInterval", "00:00:00.2"));
        await WaitFor.TrueAsync(async () => (await NodeAsync(replicas[0])).Count > 0 && (await NodeAsync(replicas[1])).Count > 0);

        var model = $"pulled-{Guid.NewGuid():N}:latest";
        servers.Simulator.Models.Put(new SimulatedModel { Name = model });
        var clock = Stopwatch.StartNew();
        await WaitFor.TrueAsync(async () => (await NodeAsync(replicas[0])).Contains(model) && (await NodeAsync(replicas[1])).Contains(model));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(2), $"It took {clock.Elapsed} until every replica knew.");
        await WaitFor.TrueAsync(async () => await ListsAsync(replicas[0], model) && await ListsAsync(replicas[1], model));

        await manager.DisposeAsync();
        await WaitFor.TrueAsync(async () => (await NodeAsync(replicas[0])).Count == 0 && (await NodeAsync(replicas[1])).Count == 0);
    }

    private static string KeyOf(string name) => $"sk-test-{name}-0123456789abcdef";

    private static (string, string) Key(string name) => ($"Authentication:Keys:{name}:Key", KeyOf(name));

    /// <summary>Models of the node as this replica knows it; none when there is no node.</summary>
    private static async Task<IReadOnlyList<string?>> NodeAsync(Replica replica)
    {
        var node = (await GetAsync(replica, "/admin/fleet")).GetProperty("nodes").EnumerateArray().FirstOrDefault(n => n.GetProperty("id").GetString() == "local");
        return node.ValueKind == JsonValueKind.Undefined ? [] : [.. node.GetProperty("models").EnumerateArray().Select(m => m.GetProperty("name").GetString())];
    }

    private static async Task<bool> ListsAsync(Replica replica, string model) =>
        (await GetAsync(replica, "/v1/models")).GetProperty("data").EnumerateArray().Any(m => m.GetProperty("id").GetString() == model);

    private static async Task<JsonElement> GetAsync(Replica replica, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", KeyOf("k"));
        using var answer = await replica.Client.SendAsync(request);
        return await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();
    }

    /// <summary>A load balancer as operators have it: asks for readiness, and sends to those that are ready, in turn.</summary>
    private sealed class ReadinessBalancer : IAsyncDisposable
    {
        private readonly CancellationTokenSource _end = new();
        private readonly Task _polling;
        private volatile Replica[] _all;
        private volatile Replica[] _ready;
        private int _turn;

        public ReadinessBalancer(Replica[] replicas)
        {
            _all = _ready = replicas;
            _polling = Task.Run(PollAsync);
        }

        public void Add(Replica replica) => _all = [.. _all, replica];

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
