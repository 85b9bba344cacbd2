using LlmGateway.IntegrationTests.Gateway;
using LlmGateway.TestSupport;
using Npgsql;

namespace LlmGateway.IntegrationTests.Jobs;

/// <summary>An Api and workers on one database, to be killed and started at will.</summary>
internal sealed class JobSystem
{
    public const string Key = "sk-test-jobs-0123456789abcdef";

    private readonly GatewayServers _servers;
    private readonly (string Name, string Value)[] _settings;
    private readonly ServiceProcess?[] _workers;
    private volatile Replica? _api;

    private JobSystem(GatewayServers servers, int workers, (string Name, string Value)[] settings)
    {
        _servers = servers;
        _settings =
        [
            ("Authentication:Keys:jobs:Key", Key),
            ("Authentication:Keys:jobs:Roles:0", "user"),
            ("Authentication:Keys:jobs:Roles:1", "admin"),
            ("Providers:sim:Models:sim-job:Prices:Input", "1"),
            ("Providers:sim:Models:sim-job:Prices:Output", "2"),
            ("Worker:Lease", "00:00:03"),
            ("Worker:SweepInterval", "00:00:00.3"),
            ("Jobs:BackoffDelay", "00:00:00.1"),
            ("Jobs:MaxBackoff", "00:00:01"),
            .. settings,
        ];
        _workers = new ServiceProcess?[workers];
        Database = servers.NewDatabase();
        Client = new JobClient(() => _api!.Client, Key);
    }

    public string Database { get; }

    public JobClient Client { get; }

    public HttpClient Api => _api!.Client;

    public Task<string?> ApiStatusAsync() => _api!.StatusAsync();

    public int WorkerCount => _workers.Length;

    public static Task<JobSystem> StartAsync(GatewayServers servers, int workers, params (string Name, string Value)[] settings) =>
        StartAsync(servers, workers, "ready", settings);

    /// <summary>The same, with an Api that comes to <paramref name="status"/> only.</summary>
    public static async Task<JobSystem> StartAsync(GatewayServers servers, int workers, string status, (string Name, string Value)[] settings)
    {
        var system = new JobSystem(servers, workers, settings);
        system._api = await servers.StartReplicaAsync(system.Database, status, system._settings);
        await Task.WhenAll(Enumerable.Range(0, workers).Select(system.StartWorkerAsync));
        return system;
    }

    public async Task StartApiAsync() => _api = await _servers.StartReplicaAsync(Database, _settings);

    /// <summary>SIGKILL.</summary>
    public ValueTask KillApiAsync() => _api!.Process.DisposeAsync();

    public async Task StartWorkerAsync(int number) => _workers[number] = await _servers.StartServiceOnAsync("LlmGateway.Worker", Database, _settings);

    /// <summary>SIGKILL.</summary>
    public ValueTask KillWorkerAsync(int number) => _workers[number]!.DisposeAsync();

    /// <summary>SIGTERM; the exit code.</summary>
    public Task<int> StopWorkerAsync(int number) => _workers[number]!.StopAsync();

    public ServiceProcess Worker(int number) => _workers[number]!;

    /// <summary>Where the worker's health and metrics are.</summary>
    public Uri AddressOfWorker(int number) => GatewayServers.AddressOf(Worker(number));

    public string OutputOfWorker(int number) => _workers[number]!.Output;

    public async Task<List<T>> QueryAsync<T>(string sql)
    {
        await using var source = NpgsqlDataSource.Create(Database);
        await using var command = source.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        var values = new List<T>();
        while (await reader.ReadAsync())
        {
            values.Add(reader.GetFieldValue<T>(0));
        }

        return values;
    }
}
