using System.Globalization;
using LlmGateway.TestGateway;
using LlmGateway.TestGateway.Jobs;
using LlmGateway.TestGateway.Servers;
using LlmGateway.TestSupport;
using LlmGateway.TestSupport.Servers;
using Xunit.Abstractions;

namespace LlmGateway.SystemTests.Jobs;

/// <summary>Jobs whose worker stops or is killed, and whose broker and Redis are away.</summary>
[Collection(SystemCollection.Name)]
public sealed class FailureTests(SystemServers servers, ITestOutputHelper output) : IAsyncLifetime
{
    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        servers.Simulator.Reset();
        await servers.EndServicesAsync();
    }

    [Fact]
    public async Task WorkerThatIsAskedToStop_HandsItsJobsOver_AndNoFailureIsCounted()
    {
        const int Jobs = 8;
        // Leases that a busy machine cannot lose: what is handed over does not wait for their end.
        var system = await JobSystem.StartAsync(
            servers, new JobServices(Workers: 2, Worker: Runs.AsProcess),
            ("Worker:Concurrency", "4"), ("Worker:DrainTimeout", "00:00:00.2"), ("Worker:Lease", "00:00:30"));
        // About five seconds each.
        var prompt = "!echo " + string.Join(' ', Enumerable.Range(0, 100).Select(i => $"w{i}"));
        var ids = new List<string>();
        for (var i = 0; i < Jobs; i++)
        {
            ids.Add(await system.Client.SubmitAsync(prompt, "sim-slow"));
        }

        await Eventually.IsTrueAsync(
            async () => (await system.QueryAsync<long>("select count(*) from jobs where status = 'running'"))[0] == Jobs, "all jobs run");
        var first = system.Worker(0).Process;
        Assert.True(await first.StopAsync() == 0, first.Output);

        foreach (var id in ids)
        {
            var job = await system.Client.WaitForEndAsync(id);
            Assert.True(JobClient.Status(job) == "completed", job.ToString());
        }

        Assert.All(await system.QueryAsync<int>("select failures from jobs"), failures => Assert.Equal(0, failures));
        // Those of the worker that stopped, and only they.
        var handedOver = (await system.QueryAsync<long>("select count(*) from jobs where attempt = 2"))[0];
        output.WriteLine($"{handedOver} of {Jobs} jobs were handed over");
        Assert.Equal(Jobs / 2, handedOver);
        Assert.Equal([(long)Jobs], await system.QueryAsync<long>("select count(*) from usage where cost >= 0 and job_id is not null"));
    }

    [Fact]
    public async Task JobsNeedNeitherBrokerNorRedis_AndHintsFlowWhenTheBrokerIsBack()
    {
        await using var outage = await ServerOutage.BeginAsync(servers.Servers, Fault.Kill, Server.RabbitMq, Server.Redis);
        var system = await JobSystem.StartAsync(servers, new JobServices(Workers: 1, Worker: Runs.AsProcess, Status: "degraded"));
        var ids = new List<string>();
        for (var i = 0; i < 20; i++)
        {
            ids.Add(await system.Client.SubmitAsync($"!echo alone {i}"));
        }

        for (var i = 0; i < ids.Count; i++)
        {
            Assert.Equal($"alone {i}", JobClient.Text(await system.Client.WaitForEndAsync(ids[i]))?.Trim());
        }

        await outage.EndAsync();
        await Eventually.IsTrueAsync(async () => await system.ApiStatusAsync() == "ready", "the Api is ready");
        await Eventually.IsTrueAsync(
            async () =>
            {
                var again = await system.Client.SubmitAsync("!echo together");
                Assert.Equal("together", JobClient.Text(await system.Client.WaitForEndAsync(again))?.Trim());
                return await HintsTakenAsync(system) > 0;
            },
            "a hint comes by the broker");
    }

    [Fact]
    public async Task WorkerThatIsKilled_GoesOnWithWhatWaitsWhenItIsStartedAgain()
    {
        const int Jobs = 50;
        var system = await JobSystem.StartAsync(servers, new JobServices(Workers: 1, Worker: Runs.AsProcess), ("Worker:Concurrency", "10"));
        await system.KillWorkerAsync(0);
        var ids = new List<string>();
        for (var i = 0; i < Jobs; i++)
        {
            ids.Add(await system.Client.SubmitAsync($"!echo patient {i}"));
        }

        await system.StartWorkerAsync(0);
        for (var i = 0; i < Jobs; i++)
        {
            Assert.Equal($"patient {i}", JobClient.Text(await system.Client.WaitForEndAsync(ids[i]))?.Trim());
        }

        Assert.Equal([(long)Jobs], await system.QueryAsync<long>("select count(*) from usage where cost > 0"));
    }

    /// <summary>Hints that the first worker has taken from the broker and not sent itself.</summary>
    private static async Task<double> HintsTakenAsync(JobSystem system)
    {
        var metrics = (await system.Worker(0).Client.GetStringAsync("/metrics")).Split('\n');
        return Sum("messaging_masstransit_consume_ea_total{") - Sum("messaging_masstransit_send_ea_total{");

        double Sum(string name) => metrics
            .Where(line => line.StartsWith(name, StringComparison.Ordinal) && line.Contains("jobs_chat", StringComparison.Ordinal))
            .Sum(line => double.Parse(line.Split(' ')[^1], CultureInfo.InvariantCulture));
    }
}
