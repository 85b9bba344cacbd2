using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using LlmGateway.Bench.Measuring;

namespace LlmGateway.Bench.Servers;

/// <summary>How a server is started, where it listens and which headers its clients send.</summary>
internal sealed record Launch(string Name, int Port, string Command, IReadOnlyList<string> Arguments)
{
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Where it is started: an ASP.NET Core program looks there for its appsettings.json.</summary>
    public string? Folder { get; init; }

    /// <summary>Further request headers, "Name: value".</summary>
    public IReadOnlyList<string> Headers { get; init; } = [];
}

/// <summary>A running server, stopped by its own process id.</summary>
internal sealed partial class ServerProcess : IAsyncDisposable
{
    private const int Terminate = 15;
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(8);

    private readonly Process _process;
    private readonly string _log;

    private ServerProcess(Launch launch, Process process, string log)
    {
        Launch = launch;
        _process = process;
        _log = log;
    }

    public Launch Launch { get; }

    public string Name => Launch.Name;

    public int Port => Launch.Port;

    public bool IsDotnet => Launch.Command == "dotnet";

    /// <summary>Its CPU time and memory; valid once the server answers (nginx has started its workers by then).</summary>
    public ProcFigures Figures { get; private set; } = null!;

    /// <summary>Starts the server and waits until a chat request is answered whole.</summary>
    /// <exception cref="BenchException">It ended or did not answer properly within a minute.</exception>
    public static async Task<ServerProcess> StartAsync(Workplace workplace, Launch launch, string request, CancellationToken cancelled)
    {
        // The shell sends output straight to a file (a chatty server must not cost the runner anything) and is replaced.
        var log = workplace.ScratchFile(string.Create(CultureInfo.InvariantCulture, $"{launch.Name}-{launch.Port}.log"));
        var start = new ProcessStartInfo("/bin/sh", ["-c", $"exec \"$0\" \"$@\" >'{log}' 2>&1 </dev/null", launch.Command, .. launch.Arguments])
        {
            WorkingDirectory = launch.Folder ?? workplace.Scratch,
        };
        foreach (var (name, value) in launch.Environment)
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start)!;
        var server = new ServerProcess(launch, process, log);
        await File.AppendAllTextAsync(workplace.PidFile, $"{process.Id} {ProcFigures.StartTime(process.Id)}\n", CancellationToken.None);
        try
        {
            await server.WaitUntilReadyAsync(await File.ReadAllBytesAsync(request, cancelled), cancelled);
            server.Figures = new ProcFigures(process.Id);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _ = SendSignal(_process.Id, Terminate);
            using var limit = new CancellationTokenSource(StopLimit);
            try
            {
                await _process.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill(entireProcessTree: true);
            }
        }

        _process.Dispose();
    }

    private async Task WaitUntilReadyAsync(byte[] request, CancellationToken cancelled)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(10) };
        var problem = "";
        for (var started = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(started) < StartLimit;)
        {
            if (_process.HasExited)
            {
                throw new BenchException($"{Name} ended with exit code {_process.ExitCode}. {LastOutput()}");
            }

            try
            {
                problem = await AskAsync(client, request, cancelled);
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !cancelled.IsCancellationRequested)
            {
                problem = e.Message;
            }

            if (problem.Length == 0)
            {
                return;
            }

            await Task.Delay(100, cancelled);
        }

        throw new BenchException($"{Name} did not answer a chat request: {problem} {LastOutput()}");
    }

    private async Task<string> AskAsync(HttpClient client, byte[] body, CancellationToken cancelled)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://127.0.0.1:{Port}/v1/chat/completions")
        {
            Content = new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } },
        };
        foreach (var header in Launch.Headers)
        {
            var parts = header.Split(": ", 2);
            request.Headers.TryAddWithoutValidation(parts[0], parts[1]);
        }

        using var response = await client.SendAsync(request, cancelled);
        var text = await response.Content.ReadAsStringAsync(cancelled);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            return $"status {(int)response.StatusCode}: {text[..Math.Min(text.Length, 500)]}";
        }

        using var answer = JsonDocument.Parse(text);
        return answer.RootElement.GetProperty("choices")[0].GetProperty("finish_reason").GetString() == "stop" ? "" : "no finish_reason";
    }

    private string LastOutput()
    {
        var text = File.Exists(_log) ? File.ReadAllText(_log, Encoding.UTF8) : "";
        return $"Its output ends: {text[^Math.Min(text.Length, 2000)..]}";
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int pid, int signal);
}
