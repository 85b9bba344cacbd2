using System.Diagnostics;
using System.Globalization;
using LlmGateway.Bench.Measuring;

namespace LlmGateway.Bench.Servers;

/// <summary>PostgreSQL, Redis and RabbitMQ of this run's own, from <c>eng/start-servers.sh</c>, which stops them even when the runner is killed.</summary>
internal sealed class PrivateServers : IAsyncDisposable
{
    private static readonly string[] Names = ["postgres", "redis", "rabbitmq"];

    private readonly string _script;
    private readonly string _folder;
    private int[] _pids = [];

    private PrivateServers(Workplace workplace)
    {
        _script = Path.Combine(workplace.Repository, "eng", "start-servers.sh");
        // Not below the repository: PostgreSQL runs as a user of its own, who has to get there.
        _folder = Path.Combine(Path.GetTempPath(), string.Create(CultureInfo.InvariantCulture, $"llmgateway-bench-{Environment.ProcessId}"));
    }

    /// <summary>As environment variables, ready for the gateway.</summary>
    public IReadOnlyDictionary<string, string> ConnectionStrings { get; private set; } = new Dictionary<string, string>();

    public string Database => ConnectionStrings["ConnectionStrings__gatewaydb"];

    /// <exception cref="BenchException">One of them cannot be started.</exception>
    public static async Task<PrivateServers> StartAsync(Workplace workplace, CancellationToken cancelled)
    {
        var servers = new PrivateServers(workplace);
        try
        {
            await servers.ScriptAsync("start", "--while", Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            servers.ConnectionStrings = File.ReadLines(Path.Combine(servers._folder, "servers.env"))
                .Select(line => line.Split('=', 2))
                // As the script quotes for bash.
                .ToDictionary(pair => pair[0], pair => pair[1][1..^1].Replace(@"'\''", "'", StringComparison.Ordinal));
            servers._pids = [.. Names.Select(name => int.Parse(
                File.ReadAllText(Path.Combine(servers._folder, name, "pid")).Split(' ')[0], CultureInfo.InvariantCulture))];
            cancelled.ThrowIfCancellationRequested();
            return servers;
        }
        catch
        {
            await servers.DisposeAsync();
            throw;
        }
    }

    /// <summary>What all of them have used so far, whichever of their processes did.</summary>
    public double CpuSeconds() => ProcFigures.FamilySeconds(_pids);

    public async ValueTask DisposeAsync()
    {
        if (Directory.Exists(_folder))
        {
            await ScriptAsync("stop");
        }
    }

    /// <summary>Runs to its end even when the benchmark is stopped meanwhile: half a start leaves servers behind.</summary>
    private async Task ScriptAsync(string action, params string[] options)
    {
        var start = new ProcessStartInfo(_script, [action, _folder, .. options]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new BenchException($"The private servers: {await errors}Case jobs can be left out with --cases.");
        }
    }
}
