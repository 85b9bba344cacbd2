using System.Globalization;
using System.Net;
using System.Text.Json;
using LlmGateway.IntegrationTests.Gateway;
using LlmGateway.TestSupport;
using LlmGateway.TestSupport.Servers;
using Xunit.Abstractions;

namespace LlmGateway.IntegrationTests.Jobs;

/// <summary>Jobs whose model fails, whose worker stops, and whose broker and Redis are away.</summary>
[Collection(JobServersCollection.Name)]
public sealed class FailureTests(GatewayServers servers, ITestOutputHelper output) : IAsyncLifetime
{
    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        servers.Simulator.Reset();
        await servers.EndProcessesAsync();
    }

    [Fact]
    public async Task PoisonJob_BecomesADeadLetter_AndIsChargedOnceWhenItsReplayCompletes()
    {
        var system = await JobSystem.StartAsync(servers, workers: 1, ("Jobs:MaxAttempts", "2"), ("Routing:CircuitBreaker:Enabled", "false"));
        servers.Simulator.Faults.Set("sim-job", "status;code=500");

        var id = await system.Client.SubmitAsync("!echo well in the end");
        var failed = await system.Client.WaitForEndAsync(id);

        Assert.Equal("failed", JobClient.Status(failed));
        Assert.Equal(2, failed.GetProperty("attempt").GetInt32());
        var letter = Assert.Single(await LettersAsync(system));
        Assert.Equal(id, letter.GetProperty("id").GetString());
        Assert.Equal("upstream_error", letter.GetProperty("code").GetString());
        Assert.Equal(failed.GetProperty("error").GetProperty("message").GetString(), letter.GetProperty("reason").GetString());
        Assert.Equal(2, letter.GetProperty("failures").GetInt32());

        servers.Simulator.Faults.Clear();
        using (var replay = await system.Client.SendAsync(HttpMethod.Post, $"/admin/queue/dead-letters/{id}/replay"))
        {
            Assert.Equal(HttpStatusCode.OK, replay.StatusCode);
        }

        var done = await system.Client.WaitForEndAsync(id);
        Assert.Equal("completed", JobClient.Status(done));
        Assert.Equal("well in the end", JobClient.Text(done)?.Trim());
        Assert.Empty(await LettersAsync(system));
        Assert.Equal([1L], await system.QueryAsync<long>($"select count(*) from usage where job_id = '{id}' and cost > 0"));
    }

    [Fact]
    public async Task WorkerThatIsAskedToStop_HandsItsJobsOver_AndNoFailureIsCounted()
    {
        const int Jobs = 8;
        var system = await JobSystem.StartAsync(servers, workers: 2, ("Worker:Concurrency", "4"), ("Worker:DrainTimeout", "00:00:00.2"));
        // About five seconds each.
        var prompt = "!echo " + string.Join(' ', Enumerable.Range(0, 100).Select(i => $"w{i}"));
        var ids = new List<string>();
        for (var i = 0; i < Jobs; i++)
        {
            ids.Add(await system.Client.SubmitAsync(prompt, "sim-slow"));
        }

        await Eventually.IsTrueAsync(
            async () => (await system.QueryAsync<long>("select count(*) from jobs where status = 'running'"))[0] == Jobs, "all jobs run");
        Assert.True(await system.StopWorkerAsync(0) == 0, system.OutputOfWorker(0));

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
        await servers.Servers.KillAsync(Server.RabbitMq, Server.Redis);
        try
        {
            var system = await JobSystem.StartAsync(servers, workers: 1, "degraded", []);
            var ids = new List<string>();
            for (var i = 0; i < 20; i++)
            {
                ids.Add(await system.Client.SubmitAsync($"!echo alone {i}"));
            }

            for (var i = 0; i < ids.Count; i++)
            {
                Assert.Equal($"alone {i}", JobClient.Text(await system.Client.WaitForEndAsync(ids[i]))?.Trim());
            }

            await servers.Servers.StartAsync(Server.RabbitMq, Server.Redis);
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
        finally
        {
            await servers.Servers.StartAsync(Server.RabbitMq, Server.Redis);
        }
    }

    [Fact]
    public async Task WorkerThatIsKilled_GoesOnWithWhatWaitsWhenItIsStartedAgain()
    {
        const int Jobs = 50;
        var system = await JobSystem.StartAsync(servers, workers: 1, ("Worker:Concurrency", "10"));
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

    private static async Task<IReadOnlyList<JsonElement>> LettersAsync(JobSystem system)
    {
        using var answer = await system.Client.SendAsync(HttpMethod.Get, "/admin/queue/dead-letters");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return [.. (await JobClient.JsonAsync(answer)).GetProperty("deadLetters").EnumerateArray()];
    }

    /// <summary>Hints that the first worker has taken from the broker and not sent itself.</summary>
    private static async Task<double> HintsTakenAsync(JobSystem system)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        var metrics = (await client.GetStringAsync(new Uri(system.AddressOfWorker(0), "/metrics"))).Split('\n');
        return Sum("messaging_masstransit_consume_ea_total{") - Sum("messaging_masstransit_send_ea_total{");

        double Sum(string name) => metrics
            .Where(line => line.StartsWith(name, StringComparison.Ordinal) && line.Contains("jobs_chat", StringComparison.Ordinal))
            .Sum(line => double.Parse(line.Split(' ')[^1], CultureInfo.InvariantCulture));
    }
}
