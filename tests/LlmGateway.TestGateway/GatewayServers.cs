using System.Text.RegularExpressions;
using LlmGateway.Data;
using LlmGateway.Data.Schema;
using LlmGateway.Simulator;
using LlmGateway.Simulator.Models;
using LlmGateway.TestSupport;
using LlmGateway.TestSupport.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace LlmGateway.TestGateway;

/// <summary>Servers and a simulated model for all tests of a collection, and services on them, each test's with a database of its own.</summary>
public abstract partial class GatewayServers : IAsyncLifetime
{
    /// <summary>Number 0 is that of the services; Redis has 16.</summary>
    private const int FurtherRedisDatabases = 15;

    private readonly List<GatewayService> _started = [];
    private PrivateServers? _servers;
    private SimulatorServer? _simulator;
    private int _redisDatabases;
    private int _services;

    public PrivateServers Servers => _servers ?? throw new InvalidOperationException("The servers are not running yet.");

    public SimulatorServer Simulator => _simulator ?? throw new InvalidOperationException("The Simulator is not running yet.");

    public string Postgres => Servers.ConnectionString(Server.Postgres);

    public string Redis => Servers.ConnectionString(Server.Redis);

    public string Broker => Servers.ConnectionString(Server.RabbitMq);

    public virtual async Task InitializeAsync()
    {
        _servers = await StartServersAsync();
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

    public virtual async Task DisposeAsync()
    {
        await EndServicesAsync();
        await Simulator.DisposeAsync();
    }

    /// <summary>A database with today's tables.</summary>
    /// <returns>Its connection string.</returns>
    public Task<string> NewDatabaseAsync() => TemplateDatabase.CreateAsync(Servers);

    /// <summary>The connection string of a database that does not exist yet.</summary>
    public string MissingDatabase() => new NpgsqlConnectionStringBuilder(Postgres) { Database = $"test_{Guid.NewGuid():N}" }.ConnectionString;

    /// <summary>The connection string of a Redis database that no service uses.</summary>
    public string NewRedis() => $"{Redis},defaultDatabase={1 + ((Interlocked.Increment(ref _redisDatabases) - 1) % FurtherRedisDatabases)}";

    /// <summary>Makes the first key of a database.</summary>
    /// <returns>The key.</returns>
    public static async Task<string> SeedAsync(string database)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection([new("ConnectionStrings:gatewaydb", database)]);
        builder.AddGatewayData();
        using var host = builder.Build();
        await using var output = new StringWriter();
        Assert.Equal(0, await DatabaseCommands.RunAsync(["db", "seed"], host.Services, TextReader.Null, output));
        return KeyLine().Match(output.ToString()).Value;
    }

    /// <summary>The key that the output of <c>db seed</c> tells.</summary>
    public static string KeyIn(string output) => KeyLine().Match(output).Value;

    /// <summary>Runs the Api's program with this command line, to its end.</summary>
    /// <returns>What it printed.</returns>
    public async Task<string> CommandAsync(string database, params string[] arguments)
    {
        await using var process = Process(GatewayProgram.Api, database, arguments);
        Assert.True(await process.WaitForExitAsync() == 0, process.Output);
        return process.Output;
    }

    /// <summary>Starts an Api and waits until readiness says <paramref name="status"/>.</summary>
    public async Task<GatewayService> StartApiAsync(Runs runs, string database, string status, params (string Name, string Value)[] settings)
    {
        var api = await StartAsync(GatewayProgram.Api, runs, database, settings);
        await Eventually.IsTrueAsync(async () => await api.StatusAsync() == status, $"the Api is {status}");
        return api;
    }

    /// <summary>The same for one that becomes ready.</summary>
    public Task<GatewayService> StartApiAsync(Runs runs, string database, params (string Name, string Value)[] settings) =>
        StartApiAsync(runs, database, "ready", settings);

    /// <summary>Starts a service and waits until it listens.</summary>
    public async Task<GatewayService> StartAsync(GatewayProgram program, Runs runs, string database, params (string Name, string Value)[] settings)
    {
        var service = await (runs == Runs.Inside ? HostAsync(program, database, settings) : RunAsync(program, database, settings));
        lock (_started)
        {
            _started.Add(service);
        }

        return service;
    }

    /// <summary>Ends every service that was started, so that none takes part in the next test.</summary>
    public async Task EndServicesAsync()
    {
        GatewayService[] started;
        lock (_started)
        {
            started = [.. _started];
            _started.Clear();
        }

        await Task.WhenAll(started.Select(service => service.DisposeAsync().AsTask()));
    }

    /// <summary>Starts PostgreSQL, Redis and RabbitMQ, or finds them.</summary>
    protected abstract Task<PrivateServers> StartServersAsync();

    private async Task<GatewayService> HostAsync(GatewayProgram program, string database, (string Name, string Value)[] settings)
    {
        // Services name themselves after their process, which is the same for all of them here.
        var name = $"test-{Interlocked.Increment(ref _services)}";
        return new GatewayService(await TestHost.StartAsync(
            new WebApplicationOptions { ApplicationName = program.Name, EnvironmentName = "Production" }, program.Add, program.Map,
            [
                .. Connections(database).Select(connection => ($"ConnectionStrings:{connection.Name}", (string?)connection.Value)),
                ("Worker:Id", name), ("Service:InstanceId", name),
                .. Settings(settings).Select(setting => (setting.Name, (string?)setting.Value)),
            ]));
    }

    private async Task<GatewayService> RunAsync(GatewayProgram program, string database, (string Name, string Value)[] settings)
    {
        var process = Process(program, database, ["--urls", "http://127.0.0.1:0"], settings);
        try
        {
            var output = await process.WaitForOutputAsync(text => ListeningLine().IsMatch(text));
            return new GatewayService(process, new Uri(ListeningLine().Match(output).Groups[1].Value));
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    private ServiceProcess Process(GatewayProgram program, string database, string[] arguments, params (string Name, string Value)[] settings)
    {
        var environment = Connections(database).ToDictionary(connection => "ConnectionStrings__" + connection.Name, connection => connection.Value);
        foreach (var (name, value) in Settings(settings))
        {
            environment["LLM_GATEWAY__" + name.Replace(":", "__", StringComparison.Ordinal)] = value;
        }

        return new ServiceProcess(program.Name, arguments, environment);
    }

    private (string Name, string Value)[] Connections(string database) => [("gatewaydb", database), ("redis", Redis), ("rabbitmq", Broker)];

    private IEnumerable<(string Name, string Value)> Settings((string Name, string Value)[] settings) =>
    [
        ("Providers:sim:Type", "openai"),
        ("Providers:sim:BaseUrl", Simulator.BaseAddress + "v1"),
        ("Database:Writer:JournalDirectory", Directory.CreateTempSubdirectory("llmgateway-journal-").FullName),
        .. settings,
    ];

    [GeneratedRegex(@"Now listening on: (http://127\.0\.0\.1:\d+)")]
    private static partial Regex ListeningLine();

    [GeneratedRegex("sk-gw-[A-Za-z0-9_-]{43}")]
    private static partial Regex KeyLine();
}
