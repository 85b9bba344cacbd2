namespace LlmGateway.TestGateway.Jobs;

/// <summary>What a <see cref="JobSystem"/> consists of.</summary>
/// <param name="Workers">How many workers there are.</param>
/// <param name="Api">Where the Api runs.</param>
/// <param name="Worker">Where the workers run.</param>
/// <param name="Status">What the Api's readiness comes to.</param>
public sealed record JobServices(int Workers, Runs Api = Runs.Inside, Runs Worker = Runs.Inside, string Status = "ready");

/// <summary>An Api and workers on one database; those that run as processes can be killed and started at will.</summary>
public sealed class JobSystem
{
    public const string Key = "sk-test-jobs-0123456789abcdef";

    private readonly GatewayServers _servers;
    private readonly JobServices _services;
    private readonly (string Name, string Value)[] _settings;
    private readonly GatewayService?[] _workers;
    private volatile GatewayService? _api;

    private JobSystem(GatewayServers servers, JobServices services, string database, (string Name, string Value)[] settings)
    {
        _servers = servers;
        _services = services;
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
        _workers = new GatewayService?[services.Workers];
        Database = database;
        Client = new JobClient(() => Api, Key);
    }

    public string Database { get; }

    public JobClient Client { get; }

    public HttpClient Api => _api!.Client;

    public int WorkerCount => _workers.Length;

    /// <summary>Starts an Api and one worker in the test process.</summary>
    public static Task<JobSystem> StartAsync(GatewayServers servers, params (string Name, string Value)[] settings) =>
        StartAsync(servers, new JobServices(Workers: 1), settings);

    public static async Task<JobSystem> StartAsync(GatewayServers servers, JobServices services, params (string Name, string Value)[] settings)
    {
        var system = new JobSystem(servers, services, await servers.NewDatabaseAsync(), settings);
        await Task.WhenAll(Enumerable.Range(0, services.Workers).Select(system.StartWorkerAsync).Append(system.StartApiAsync()));
        return system;
    }

    public async Task StartApiAsync() => _api = await _servers.StartApiAsync(_services.Api, Database, _services.Status, _settings);

    public Task<string?> ApiStatusAsync() => _api!.StatusAsync();

    public ValueTask KillApiAsync() => _api!.DisposeAsync();

    public async Task StartWorkerAsync(int number) =>
        _workers[number] = await _servers.StartAsync(GatewayProgram.Worker, _services.Worker, Database, _settings);

    public ValueTask KillWorkerAsync(int number) => _workers[number]!.DisposeAsync();

    public GatewayService Worker(int number) => _workers[number]!;

    public Task<List<T>> QueryAsync<T>(string sql) => TestGateway.Database.QueryAsync<T>(Database, sql);
}
