using System.Diagnostics;
using System.Globalization;
using LlmGateway.TestGateway;
using LlmGateway.TestGateway.Jobs;
using Xunit.Abstractions;

namespace LlmGateway.SystemTests.Jobs;

/// <summary>A large batch whose worker is killed on the way.</summary>
[Collection(SystemCollection.Name)]
public sealed class BatchTests(SystemServers servers, ITestOutputHelper output) : IAsyncLifetime
{
    private const int Lines = 10_000;
    private const long MostMemory = 400L * 1024 * 1024;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        servers.Simulator.Reset();
        await servers.EndServicesAsync();
    }

    [Fact]
    public async Task KilledWorker_IsSucceeded_AndEveryLineIsAnsweredAndChargedOnce()
    {
        var system = await JobSystem.StartAsync(
            servers, new JobServices(Workers: 2, Worker: Runs.AsProcess), ("Batches:MaxConcurrentRequests", "50"), ("Batches:BatchSize", "100"), ("Batches:CollectTimeout", "00:00:01"),
            ("Providers:sim:Models:sim-fast:Prices:Input", "1"), ("Providers:sim:Models:sim-fast:Prices:Output", "2"));
        var client = new BatchClient(() => system.Api, JobSystem.Key);
        var clock = Stopwatch.StartNew();
        var file = await client.UploadAsync(Enumerable.Range(0, Lines).Select(i => BatchClient.Line($"line-{i}", "sim-fast", $"!echo answer {i}")));
        Tell(clock, "uploaded");
        var id = await client.CreateAsync(file);
        await client.WaitAsync(id, batch => batch.GetProperty("status").GetString() == "in_progress", Limit);
        Tell(clock, "checked");
        var middle = await client.WaitAsync(id, batch => Count(batch, "completed") >= Lines / 4, Limit);
        var owner = (await system.QueryAsync<string>($"select lease_owner from jobs where id = '{id}'"))[0];
        var victim = Enumerable.Range(0, system.WorkerCount).Single(worker => owner.Contains($"-{system.Worker(worker).Process.Id}/", StringComparison.Ordinal));
        var victimPeak = PeakMemory(system.Worker(victim).Process.Id);
        await system.KillWorkerAsync(victim);
        Tell(clock, $"killed at {Count(middle, "completed")} answers");
        Assert.InRange(Count(middle, "completed"), 2_000, 8_000);

        var done = await client.WaitForEndAsync(id, Limit);
        Tell(clock, "done");
        Assert.True(done.GetProperty("status").GetString() == "completed", done.ToString());
        Assert.Equal((Lines, Lines, 0), (Count(done, "total"), Count(done, "completed"), Count(done, "failed")));
        var peak = Math.Max(victimPeak, PeakMemory(system.Worker(1 - victim).Process.Id));
        output.WriteLine($"The workers' memory at its peak: {peak / 1024 / 1024} MiB");
        Assert.True(peak < MostMemory, $"{peak} bytes");

        var answers = await client.LinesAsync(done, "output_file_id");
        Assert.Equal(
            Enumerable.Range(0, Lines).Select(i => $"line-{i}: answer {i}"),
            answers.Select(line => $"{line.GetProperty("custom_id")}: {line.GetProperty("response").GetProperty("body").GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()?.Trim()}"));
        Assert.Empty(await client.LinesAsync(done, "error_file_id"));
        Assert.Equal(
            [$"{Lines} {Lines} {Lines}"],
            await system.QueryAsync<string>($"select concat(count(*), ' ', count(distinct id), ' ', count(*) filter (where cost > 0)) from usage where job_id = '{id}'"));
        Tell(clock, "read");
        var asked = servers.Simulator.Requests.Count(request => request.Model == "sim-fast");
        output.WriteLine($"The model was asked {asked} times");
        Assert.InRange(asked, Lines, Lines + (Lines / 10));
    }

    private static int Count(System.Text.Json.JsonElement batch, string name) => batch.GetProperty("request_counts").GetProperty(name).GetInt32();

    private void Tell(Stopwatch clock, string what) => output.WriteLine($"{clock.Elapsed.TotalSeconds:0.0} s: {what}");

    /// <summary>The most memory the process ever had, in bytes.</summary>
    private static long PeakMemory(int process) => 1024 * long.Parse(
        File.ReadLines($"/proc/{process}/status").Single(line => line.StartsWith("VmHWM:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture);
}
