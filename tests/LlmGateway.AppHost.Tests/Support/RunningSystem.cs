using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using LlmGateway.TestSupport;
using LlmGateway.TestSupport.Telemetry;

namespace LlmGateway.AppHost.Tests.Support;

/// <summary>The whole system under Aspire's orchestrator, as <c>--local --simulate</c> starts it: processes of this machine, no container.</summary>
internal sealed class RunningSystem : IAsyncDisposable
{
    private const string Key = "sk-gw-of-the-end-to-end-test";

    /// <summary>About a minute on two quiet cores.</summary>
    private static readonly TimeSpan StartBound = TimeSpan.FromMinutes(6);
    private static readonly TimeSpan StopBound = TimeSpan.FromMinutes(2);

    /// <summary>One of them starts a program.</summary>
    private static readonly TimeSpan CommandBound = TimeSpan.FromMinutes(2);

    private readonly DistributedApplication _app;
    private readonly string _directory;
    private readonly string _address;

    private RunningSystem(DistributedApplication app, string directory)
    {
        _app = app;
        _directory = directory;
        // The servers' own, which no other process of this machine has a reason to know.
        _address = File.ReadAllText(Path.Combine(directory, "address")).Trim();
        Ports = [.. Services.Select(service => _app.GetEndpoint(service, "http").Port)];
        Client = ClientWith(Key);
    }

    public static IReadOnlyList<string> Services { get; } = ["api", "worker", "model-manager", "system-monitor", "simulator"];

    /// <summary>A client of the api with the key of the person at the keyboard.</summary>
    public HttpClient Client { get; }

    /// <summary>Where the orchestrator listens for the services.</summary>
    public IReadOnlyList<int> Ports { get; }

    public DistributedApplication App => _app;

    /// <summary>Starts everything and waits until every resource is healthy.</summary>
    /// <param name="directory">Where the servers keep their data.</param>
    /// <param name="telemetry">Where all services send theirs.</param>
    public static async Task<RunningSystem> StartAsync(string directory, OtlpReceiver telemetry)
    {
        using var bound = new CancellationTokenSource(StartBound);
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.LlmGateway_AppHost>(
            [
                "--local", "--simulate", "--Worker:Replicas=1", $"--Local:DataDirectory={directory}", $"--Parameters:api-key={Key}",
                "--Parameters:webhook-signing-key=the-end-to-end-test-signs-webhooks-with-this-key",
            ],
            bound.Token);
        foreach (var service in builder.Resources.OfType<ProjectResource>())
        {
            foreach (var (name, value) in telemetry.Environment)
            {
                builder.CreateResourceBuilder(service).WithEnvironment(name, value);
            }
        }

        var app = await builder.BuildAsync(bound.Token);
        try
        {
            await app.StartAsync(bound.Token);
            // What starts on demand only, such as Aspire's rebuilding of a project, is not waited for.
            foreach (var resource in builder.Resources.Where(
                resource => resource is not ParameterResource && !resource.Annotations.OfType<ExplicitStartupAnnotation>().Any()))
            {
                await app.ResourceNotifications.WaitForResourceHealthyAsync(resource.Name, WaitBehavior.StopOnResourceUnavailable, bound.Token);
            }

            return new RunningSystem(app, directory);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    public HttpClient ClientWith(string key)
    {
        var client = _app.CreateHttpClient("api", "http");
        client.Timeout = TestTimeouts.Default;
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    public async Task<JsonElement> PostAsync(string path, object body)
    {
        using var response = await Client.PostAsJsonAsync(path, body);
        var answer = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(response.IsSuccessStatusCode, $"{path}: {(int)response.StatusCode} {answer}");
        return answer;
    }

    /// <summary>What a click in the dashboard does.</summary>
    public async Task<ExecuteCommandResult> CommandAsync(string name, params (string Name, string Value)[] arguments)
    {
        using var bound = new CancellationTokenSource(CommandBound);
        var inputs = arguments.Select(argument => new InteractionInput { Name = argument.Name, InputType = InputType.Text, Value = argument.Value });
        var result = await _app.ResourceCommands.ExecuteCommandAsync("api", name, new InteractionInputCollection([.. inputs]), bound.Token);
        Assert.True(result.Success, $"{name}: {result.Message}");
        return result;
    }

    /// <summary>An orderly stop, after which no process of the system is left, and nothing listens where it did.</summary>
    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        using var bound = new CancellationTokenSource(StopBound);
        await _app.StopAsync(bound.Token);
        await _app.DisposeAsync();
        // The orchestrator goes on stopping them after the AppHost has gone.
        while (Processes().Any() && !bound.IsCancellationRequested)
        {
            await Task.Delay(100, CancellationToken.None);
        }

        Assert.Empty(Processes());
        Assert.DoesNotContain(Ports, Listening);
    }

    /// <summary>Processes that were started with the data directory, or know the servers' address.</summary>
    private IEnumerable<string> Processes() =>
        from folder in Directory.EnumerateDirectories("/proc")
        where int.TryParse(Path.GetFileName(folder), out var id) && id != Environment.ProcessId
        let command = Read(folder, "cmdline")
        where command.Contains(_directory, StringComparison.Ordinal) || Read(folder, "environ").Contains(_address, StringComparison.Ordinal)
        select command.Replace('\0', ' ');

    private static string Read(string folder, string file)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Gone meanwhile, or somebody else's.
            return "";
        }
    }

    private static bool Listening(int port)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect("localhost", port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
