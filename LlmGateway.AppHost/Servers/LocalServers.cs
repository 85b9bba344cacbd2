using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace LlmGateway.AppHost.Servers;

/// <summary>
/// PostgreSQL, Redis and RabbitMQ as processes of this machine, from Debian's packages: <c>eng/start-servers.sh</c> runs each in the
/// foreground, with ports and passwords of its own, and keeps its data for the next start.
/// </summary>
internal sealed class LocalServers
{
    /// <summary>Choosing ports and passwords takes a moment; another AppHost that starts holds it up a little longer.</summary>
    private static readonly TimeSpan PrepareTimeout = TimeSpan.FromSeconds(60);

    private readonly IDistributedApplicationBuilder _builder;
    private readonly string _script;
    private readonly string _directory;

    private LocalServers(IDistributedApplicationBuilder builder)
    {
        _builder = builder;
        _script = Path.GetFullPath(Path.Combine(builder.AppHostDirectory, "..", "eng", "start-servers.sh"));
        _directory = builder.Configuration["Local:DataDirectory"] is { Length: > 0 } configured
            ? Path.GetFullPath(configured, builder.AppHostDirectory)
            : DefaultDirectory();
    }

    /// <summary>Makes the data directory with ports and passwords, or refuses with what is missing on this machine.</summary>
    public static LocalServers Prepare(IDistributedApplicationBuilder builder, IReadOnlyList<string> names)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new DistributedApplicationException(
                "--local runs PostgreSQL, Redis and RabbitMQ from Debian packages, on Linux only. Elsewhere leave it out (Docker), or set "
                + "ConnectionStrings:gatewaydb, ConnectionStrings:redis and ConnectionStrings:rabbitmq to servers that run already.");
        }

        var servers = new LocalServers(builder);
        Directory.CreateDirectory(servers._directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        servers.RunScript(["prepare", servers._directory, .. names]);
        return servers;
    }

    public IResourceBuilder<IResourceWithConnectionString> AddRedis() => AddServer(ServerExtensions.Redis, ServerExtensions.Redis);

    public IResourceBuilder<IResourceWithConnectionString> AddRabbitMq() => AddServer(ServerExtensions.RabbitMq, ServerExtensions.RabbitMq);

    public IResourceBuilder<IResourceWithConnectionString> AddDatabase()
    {
        var postgres = AddServer(ServerExtensions.Postgres, ServerExtensions.Database);
        return _builder.AddConnectionString(ServerExtensions.Database, ReferenceExpression.Create($"{postgres.Resource}"))
            .WithParentRelationship(postgres)
            .WaitFor(postgres);
    }

    private IResourceBuilder<LocalServerResource> AddServer(string name, string connection)
    {
        var connectionString = ConnectionString(connection);
        return _builder.AddResource(new LocalServerResource(name, _script, connectionString))
            // With this process gone, however it ended, the server stops too.
            .WithArgs("run", _directory, name, "--while", Environment.ProcessId.ToString(CultureInfo.InvariantCulture))
            .WithServerHealthCheck(connection, connectionString);
    }

    /// <summary>As the script wrote it for bash: in single quotes, a single quote as <c>'\''</c>.</summary>
    private string ConnectionString(string name)
    {
        var start = $"ConnectionStrings__{name}='";
        var line = File.ReadLines(Path.Combine(_directory, "servers.env")).First(line => line.StartsWith(start, StringComparison.Ordinal));
        return line[start.Length..^1].Replace(@"'\''", "'", StringComparison.Ordinal);
    }

    private void RunScript(string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(_script, arguments) { RedirectStandardError = true, RedirectStandardInput = true })!;
            process.StandardInput.Close();
            var errors = process.StandardError.ReadToEndAsync();
            if (!process.WaitForExit(PrepareTimeout))
            {
                process.Kill(entireProcessTree: true);
                throw new DistributedApplicationException($"{_script} {string.Join(' ', arguments)} did not end within {PrepareTimeout}.");
            }

            if (process.ExitCode != 0)
            {
                throw new DistributedApplicationException(
                    $"--local: {errors.GetAwaiter().GetResult().Trim()}. Install missing packages with apt-get install --no-install-recommends.");
            }
        }
        catch (Win32Exception e)
        {
            throw new DistributedApplicationException($"--local needs {_script}: {e.Message}", e);
        }
    }

    /// <summary>PostgreSQL refuses to run as root and then runs as a user of its own, who does not get into root's home.</summary>
    private static string DefaultDirectory() => Environment.IsPrivilegedProcess
        ? "/var/lib/llm-gateway/apphost"
        : Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create), "llm-gateway", "apphost");
}
