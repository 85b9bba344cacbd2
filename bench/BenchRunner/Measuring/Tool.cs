using System.Diagnostics;
using System.Text.Json;

namespace LlmGateway.Bench.Measuring;

/// <summary>Runs a load tool to its end and reads the JSON object it prints.</summary>
internal static class Tool
{
    public static async Task<JsonElement> RunAsync(
        string command, IEnumerable<string> arguments, IEnumerable<KeyValuePair<string, string>> environment, string marker, CancellationToken cancelled)
    {
        var start = new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        await using var kill = cancelled.Register(() => process.Kill());
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        var output = await process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        await process.WaitForExitAsync(CancellationToken.None);
        cancelled.ThrowIfCancellationRequested();
        var line = output.Split('\n').FirstOrDefault(line => line.StartsWith(marker, StringComparison.Ordinal));
        if (process.ExitCode != 0 || line is null)
        {
            throw new BenchException($"{command} failed with exit code {process.ExitCode}: {output} {await errors}");
        }

        using var json = JsonDocument.Parse(line[(line.IndexOf('{', StringComparison.Ordinal))..]);
        return json.RootElement.Clone();
    }
}
