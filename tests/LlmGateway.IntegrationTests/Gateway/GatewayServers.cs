using System.Text.Json;
using System.Text.RegularExpressions;
using LlmGateway.Simulator;
using LlmGateway.Simulator.Models;
using LlmGateway.TestSupport;
using LlmGateway.TestSupport.Servers;
using Npgsql;

namespace LlmGateway.IntegrationTests.Gateway;

/// <summary>Servers for one class of tests, a simulated model, and Api processes as an operator starts them.</summary>
public sealed partial class GatewayServers : IAsyncLifetime
{
    private readonly List<IAsyncDisposable> _started = [];
    private PrivateServers? _servers;
    private SimulatorServer? _simulator;

    public PrivateServers Servers => _servers ?? throw new InvalidOperationException("The servers are not running yet.");

    public SimulatorServer Simulator => _simulator ?? throw new InvalidOperationException("The Simulator is not running yet.");

    public string Broker => Servers.ConnectionString(Server.RabbitMq);

    public async Task InitializeAsync()
    {
        _servers = await PrivateServers.StartOwnAsync(Server.Postgres, Server.Redis, Server.RabbitMq);
        _simulator = await SimulatorServer.StartAsync(new SimulatorOptions
        {
            Models =
            [
                new SimulatedModel { Name = "sim-fast", FirstTokenDelay = TimeSpan.Zero, TokensPerSecond = 0 },
                new SimulatedModel { Name = "sim-slow", FirstTokenDelay = TimeSpan.Zero, TokensPerSecond = 20 },
                new SimulatedModel { Name = "sim-job", FirstTokenDelay = TimeSpan.FromMilliseconds(20), TokensPerSecond = 60 },
            ],
            RecordedRequests = 50_000,
            RecordedBodyBytes = 1024,
        });
    }

    public async Task DisposeAsync()
    {
        await EndProcessesAsync();
        await _simulator!.DisposeAsync();
        await Servers.DisposeAsync();
    }

    /// <summary>A database that does not exist yet.</summary>
    public string NewDatabase() =>
        new NpgsqlConnectionStringBuilder(Servers.ConnectionString(Server.Postgres)) { Database = $"test_{Guid.NewGuid():N}" }.ConnectionString;

    /// <summary>Runs <c>db seed</c> on a fresh schema and returns the key it prints.</summary>
    public async Task<string> SeedAsync(string database)
    {
        await CommandAsync(database, "migrate");
        return KeyLine().Match(await CommandAsync(database, "seed")).Value;
    }

    public async Task<string> CommandAsync(string database, params string[] command)
    {
        await using var process = Process("LlmGateway.Api", database, ["db", .. command]);
        Assert.True(await process.WaitForExitAsync() == 0, process.Output);
        return process.Output;
    }

    /// <summary>Starts an Api and waits until it is ready.</summary>
    public async Task<HttpClient> StartApiAsync(string database, params (string Name, string Value)[] settings) =>
        (await StartReplicaAsync(database, settings)).Client;

    /// <inheritdoc cref="StartApiAsync"/>
    public Task<Replica> StartReplicaAsync(string database, params (string Name, string Value)[] settings) =>
        StartReplicaAsync(database, "ready", settings);

    /// <summary>The same, until readiness says <paramref name="status"/>: <c>degraded</c> where servers are away.</summary>
    public async Task<Replica> StartReplicaAsync(string database, string status, (string Name, string Value)[] settings)
    {
        var process = Process("LlmGateway.Api", database, ["--urls", "http://127.0.0.1:0"], settings);
        _started.Add(process);
        var output = await process.WaitForOutputAsync(text => ListeningLine().IsMatch(text));
        var client = new HttpClient(new SocketsHttpHandler { UseProxy = false })
        {
            BaseAddress = new Uri(ListeningLine().Match(output).Groups[1].Value),
            Timeout = TestTimeouts.Default,
        };
        var replica = new Replica(process, client);
        await WaitFor.TrueAsync(async () => await replica.StatusAsync() == status);
        return replica;
    }

    /// <summary>Starts a service that is no Api, and waits until it listens.</summary>
    public Task<ServiceProcess> StartServiceAsync(string project, params (string Name, string Value)[] settings) =>
        StartServiceOnAsync(project, NewDatabase(), settings);

    /// <summary>The same, on a database that others use too.</summary>
    public async Task<ServiceProcess> StartServiceOnAsync(string project, string database, params (string Name, string Value)[] settings)
    {
        var process = Process(project, database, ["--urls", "http://127.0.0.1:0"], settings);
        _started.Add(process);
        await process.WaitForOutputAsync(text => ListeningLine().IsMatch(text));
        return process;
    }

    /// <summary>Where the process says it listens.</summary>
    public static Uri AddressOf(ServiceProcess process) => new(ListeningLine().Match(process.Output).Groups[1].Value);

    /// <summary>Ends every Api that was started, so that none takes part in the next test.</summary>
    public async Task EndProcessesAsync()
    {
        foreach (var process in _started)
        {
            await process.DisposeAsync();
        }

        _started.Clear();
    }

    private ServiceProcess Process(string project, string database, string[] arguments, params (string Name, string Value)[] settings)
    {
        var environment = new Dictionary<string, string>
        {
            ["ConnectionStrings__gatewaydb"] = database,
            ["ConnectionStrings__redis"] = Servers.ConnectionString(Server.Redis),
            ["ConnectionStrings__rabbitmq"] = Broker,
            ["LLM_GATEWAY__Providers__sim__Type"] = "openai",
            ["LLM_GATEWAY__Providers__sim__BaseUrl"] = _simulator!.BaseAddress + "v1",
            ["LLM_GATEWAY__Database__Writer__JournalDirectory"] = Directory.CreateTempSubdirectory("llmgateway-journal-").FullName,
        };
        foreach (var (name, value) in settings)
        {
            environment["LLM_GATEWAY__" + name.Replace(":", "__", StringComparison.Ordinal)] = value;
        }

        return new ServiceProcess(project, arguments, environment);
    }

    [GeneratedRegex(@"Now listening on: (http://127\.0\.0\.1:\d+)")]
    private static partial Regex ListeningLine();

    [GeneratedRegex("sk-gw-[A-Za-z0-9_-]{43}")]
    private static partial Regex KeyLine();
}

/// <summary>A running Api.</summary>
public sealed record Replica(ServiceProcess Process, HttpClient Client)
{
    /// <summary>What readiness says: <c>ready</c>, <c>degraded</c> or <c>not_ready</c>; null when nothing answers.</summary>
    public async Task<string?> StatusAsync()
    {
        try
        {
            using var answer = await Client.GetAsync("/health/ready");
            return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("status").GetString();
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }
}

internal static class WaitFor
{
    /// <summary>Asks until the answer is yes.</summary>
    public static async Task TrueAsync(Func<Task<bool>> condition)
    {
        var end = TestTimeouts.Token();
        while (!await condition())
        {
            end.ThrowIfCancellationRequested();
            await Task.Delay(20, CancellationToken.None);
        }
    }
}
