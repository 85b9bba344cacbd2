using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

namespace LlmGateway.TestSupport;

/// <summary>
/// Runs the scripts under tests/npm with node, against real npm clients. The packages are installed once, into
/// tests/npm/node_modules; a lock file keeps test projects that run side by side from installing at the same time.
/// </summary>
public static class NodeRunner
{
    private static readonly TimeSpan InstallTimeout = TimeSpan.FromMinutes(5);
    private static readonly SemaphoreSlim Gate = new(1);
    private static bool _installed;

    /// <summary>tests/npm of this repository.</summary>
    public static string ScriptFolder { get; } = Path.Combine(Repository.Root, "tests", "npm");

    /// <param name="script">File name under tests/npm.</param>
    /// <returns>What the script wrote to its standard output.</returns>
    /// <exception cref="InvalidOperationException">npm or the script failed; the message holds all its output.</exception>
    public static async Task<string> RunAsync(string script, IEnumerable<string> arguments, TimeSpan? timeout = null)
    {
        await InstallAsync();
        return await StartAsync("node", [Path.Combine(ScriptFolder, script), .. arguments], timeout ?? TimeSpan.FromMinutes(1));
    }

    private static async Task InstallAsync()
    {
        await Gate.WaitAsync();
        try
        {
            if (_installed) return;
            await using var acrossProcesses = await LockAsync();
            var marker = Path.Combine(ScriptFolder, "node_modules", ".installed");
            var wanted = await File.ReadAllTextAsync(Path.Combine(ScriptFolder, "package.json"));
            if (!File.Exists(marker) || await File.ReadAllTextAsync(marker) != wanted)
            {
                await StartAsync("npm", ["install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"], InstallTimeout);
                await File.WriteAllTextAsync(marker, wanted);
            }

            _installed = true;
        }
        finally
        {
            Gate.Release();
        }
    }

    private static async Task<FileStream> LockAsync()
    {
        var path = Path.Combine(Path.GetTempPath(), "llmgateway-npm-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(ScriptFolder)))[..16] + ".lock");
        var waited = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (waited.Elapsed < InstallTimeout)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200));
            }
        }
    }

    private static async Task<string> StartAsync(string program, IReadOnlyList<string> arguments, TimeSpan timeout)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = ScriptFolder, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        };
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(timeout);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} took longer than {timeout}.\n{await output}\n{await errors}");
        }

        return process.ExitCode == 0
            ? await output
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} exited with {process.ExitCode}.\n{await output}\n{await errors}");
    }
}
