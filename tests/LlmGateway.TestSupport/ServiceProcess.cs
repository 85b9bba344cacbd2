using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;

namespace LlmGateway.TestSupport;

/// <summary>
/// A program of this repository as a process of its own, started from its build output the way a user starts it. Its environment
/// is the caller's without the variables that would configure the gateway, plus what the caller adds.
/// </summary>
public sealed class ServiceProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(30);
    private static readonly string[] Foreign = ["LLM_GATEWAY", "OLLAMA", "OPENAI", "ANTHROPIC", "BEDROCK", "AWS_", "ASPNETCORE", "DOTNET_ENVIRONMENT", "OTEL_", "ConnectionStrings", "WORKER_ID"];

    private readonly Process _process;
    private int _disposed;
    private readonly StringBuilder _output = new();
    private readonly ConcurrentQueue<TaskCompletionSource> _waiting = new();

    public ServiceProcess(string project, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo("dotnet", [Assembly(project), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach (var name in start.Environment.Keys.Where(key => Foreign.Any(f => key.StartsWith(f, StringComparison.OrdinalIgnoreCase))).ToArray())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Note(line.Data);
        _process.ErrorDataReceived += (_, line) => Note(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    /// <summary>Everything written so far to standard output and standard error.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>Waits until the output satisfies <paramref name="condition"/> and returns it.</summary>
    /// <exception cref="InvalidOperationException">The process ended, or a minute passed; the message holds its output.</exception>
    public async Task<string> WaitForOutputAsync(Func<string, bool> condition)
    {
        using var limit = new CancellationTokenSource(StartTimeout);
        while (true)
        {
            var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue(changed);
            var output = Output;
            if (condition(output))
            {
                return output;
            }

            if (_process.HasExited)
            {
                throw new InvalidOperationException($"The process exited with {_process.ExitCode}:\n{output}");
            }

            try
            {
                await Task.WhenAny(changed.Task, _process.WaitForExitAsync(limit.Token)).WaitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                throw new InvalidOperationException($"Waited {StartTimeout} in vain:\n{Output}");
            }
        }
    }

    /// <summary>Asks the process to stop (SIGTERM) and returns its exit code.</summary>
    public async Task<int> StopAsync()
    {
        if (!_process.HasExited)
        {
            using var kill = Process.Start("kill", ["-TERM", Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
            await kill.WaitForExitAsync();
        }

        return await WaitForExitAsync();
    }

    public async Task<int> WaitForExitAsync()
    {
        using var limit = new CancellationTokenSource(StopTimeout);
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    /// <summary>Kills the process when it still runs (SIGKILL). A second call does nothing.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private void Note(string? line)
    {
        lock (_output)
        {
            _output.AppendLine(line);
        }

        while (_waiting.TryDequeue(out var waiting))
        {
            waiting.TrySetResult();
        }
    }

    /// <summary>The build output of a project, in the configuration in which the tests were built.</summary>
    private static string Assembly(string project)
    {
        var output = new DirectoryInfo(AppContext.BaseDirectory);
        return Path.Combine(Repository.Root, project, "bin", output.Parent!.Name, output.Name, project + ".dll");
    }
}
