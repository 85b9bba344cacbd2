using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace LlmGateway.TestSupport.Servers;

public enum Server
{
    Postgres,
    Redis,
    RabbitMq,
}

/// <summary>
/// Real servers of <c>eng/start-servers.sh</c>, and the faults that can be done to them. Whatever a test leaves stopped or
/// frozen ends with the test process: the script watches it.
/// </summary>
public sealed class PrivateServers : IAsyncDisposable
{
    /// <summary>The directory of servers that are already running for the whole test run, set by <c>eng/test.sh</c>.</summary>
    public const string SharedVariable = "LLMGATEWAY_TEST_SERVERS";

    private static readonly Lazy<PrivateServers> SharedServers = new(OpenShared);
    private static readonly TimeSpan ScriptTimeout = TimeSpan.FromMinutes(2);
    private static readonly Server[] All = Enum.GetValues<Server>();
    private static readonly string[] WatchThisProcess = ["--while", Environment.ProcessId.ToString(CultureInfo.InvariantCulture)];

    private readonly string _directory;
    private readonly bool _owned;
    private readonly SemaphoreSlim _starting = new(1, 1);

    private PrivateServers(string directory, bool owned)
    {
        _directory = directory;
        _owned = owned;
    }

    /// <summary>Servers for every test that does no harm to them: those of the test run, or else of this process.</summary>
    public static async Task<PrivateServers> SharedAsync(params Server[] servers)
    {
        var shared = SharedServers.Value;
        if (shared._directory != Environment.GetEnvironmentVariable(SharedVariable))
        {
            // Not disposed by anyone: the script ends them when this process is gone.
            await shared._starting.WaitAsync();
            try
            {
                await shared.RunAsync("start", servers, WatchThisProcess);
            }
            finally
            {
                shared._starting.Release();
            }
        }

        return shared;
    }

    /// <summary>Servers for one test class alone, to be stopped, killed and frozen at will.</summary>
    public static Task<PrivateServers> StartOwnAsync(params Server[] servers) => StartOwnAsync(servers, WatchThisProcess);

    /// <summary>The same, where PostgreSQL and Redis take TLS connections only.</summary>
    public static Task<PrivateServers> StartOwnWithTlsAsync(params Server[] servers) => StartOwnAsync(servers, [.. WatchThisProcess, "--tls"]);

    /// <summary>The file with the certificate of the authority behind servers with TLS.</summary>
    public string Authority => Path.Combine(_directory, "tls", "ca.crt");

    /// <summary>The value of <c>ConnectionStrings:gatewaydb</c>, <c>:redis</c> or <c>:rabbitmq</c>.</summary>
    public string ConnectionString(Server server)
    {
        var name = server switch { Server.Postgres => "gatewaydb", Server.Redis => "redis", _ => "rabbitmq" };
        var start = $"ConnectionStrings__{name}='";
        var line = File.ReadLines(Path.Combine(_directory, "servers.env")).First(line => line.StartsWith(start, StringComparison.Ordinal));
        // As the script quotes for bash.
        return line[start.Length..^1].Replace(@"'\''", "'", StringComparison.Ordinal);
    }

    /// <summary>Starts what is not running, on the port it had before.</summary>
    public Task StartAsync(params Server[] servers) => RunAsync("start", servers);

    /// <summary>An orderly shutdown.</summary>
    public Task StopAsync(params Server[] servers) => RunAsync("stop", Harmable(servers));

    /// <summary>SIGKILL to all processes of the server.</summary>
    public Task KillAsync(params Server[] servers) => RunAsync("kill", Harmable(servers));

    /// <summary>SIGSTOP: the server accepts connections, as the kernel does that, and never answers.</summary>
    public Task FreezeAsync(params Server[] servers) => RunAsync("freeze", Harmable(servers));

    /// <summary>SIGCONT.</summary>
    public Task ThawAsync(params Server[] servers) => RunAsync("thaw", Harmable(servers));

    public async ValueTask DisposeAsync()
    {
        if (_owned)
        {
            await RunAsync("kill", All);
            Directory.Delete(_directory, recursive: true);
        }
    }

    private static async Task<PrivateServers> StartOwnAsync(Server[] servers, string[] options)
    {
        var started = new PrivateServers(Directory.CreateTempSubdirectory("llmgateway-servers-").FullName, owned: true);
        await started.RunAsync("start", servers, options);
        return started;
    }

    private static PrivateServers OpenShared() =>
        new(Environment.GetEnvironmentVariable(SharedVariable) is { Length: > 0 } running
            ? running
            : Directory.CreateTempSubdirectory("llmgateway-servers-").FullName, owned: false);

    private Server[] Harmable(Server[] servers) =>
        _owned ? servers : throw new InvalidOperationException("Other tests use the shared servers: take your own with StartOwnAsync.");

    private async Task RunAsync(string command, Server[] servers, params string[] options)
    {
        var script = Path.Combine(Repository.Root, "eng", "start-servers.sh");
        var start = new ProcessStartInfo(script) { RedirectStandardError = true, RedirectStandardOutput = true, RedirectStandardInput = true };
        start.ArgumentList.Add(command);
        start.ArgumentList.Add(_directory);
        foreach (var word in servers.Select(server => server.ToString().ToLowerInvariant()).Concat(options))
        {
            start.ArgumentList.Add(word);
        }

        using var process = Process.Start(start) ?? throw new Win32Exception($"{script} did not start.");
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(ScriptTimeout);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{string.Join(' ', start.ArgumentList)}: {await output}{await errors}");
        }
    }
}
