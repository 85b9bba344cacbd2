using System.Diagnostics;
using System.Net;
using LlmGateway.Simulator.Wire;
using LlmGateway.TestGateway.Jobs;
using LlmGateway.TestSupport;
using Xunit.Abstractions;

namespace LlmGateway.IntegrationTests.Jobs;

/// <summary>Which job comes first, and jobs that are not to be done any more.</summary>
[Collection(GatewayCollection.Name)]
public sealed class OrderTests(SharedGatewayServers servers, ITestOutputHelper output) : IAsyncLifetime
{
    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        servers.Simulator.Reset();
        await servers.EndServicesAsync();
    }

    [Fact]
    public async Task UrgentJob_OvertakesThoseThatWait()
    {
        var system = await JobSystem.StartAsync(servers, ("Worker:Concurrency", "1"));
        await PostAsync(system, "/admin/queue/chat/pause");
        for (var i = 0; i < 20; i++)
        {
            await system.Client.SubmitAsync($"!echo low {i}", priority: "low");
        }

        var urgent = await system.Client.SubmitAsync("!echo urgent", priority: "high");
        await PostAsync(system, "/admin/queue/chat/resume");
        await AllEndedAsync(system, "priority = 'low'");

        var order = await system.QueryAsync<string>("select id from jobs order by completed_at");
        output.WriteLine($"The urgent job was done as number {order.IndexOf(urgent) + 1} of {order.Count}");
        Assert.InRange(order.IndexOf(urgent), 0, 1);
    }

    [Fact]
    public async Task StreamOfUrgentJobs_DoesNotStarveOthers()
    {
        var system = await JobSystem.StartAsync(
            servers, ("Worker:Concurrency", "1"), ("Jobs:NormalDelay", "00:00:00.5"), ("Jobs:LowDelay", "00:00:01"));
        await PostAsync(system, "/admin/queue/chat/pause");
        for (var i = 0; i < 3; i++)
        {
            await system.Client.SubmitAsync($"!echo low {i}", priority: "low");
        }

        // More than the worker gets done: about a third of a second each.
        using var stop = new CancellationTokenSource();
        var stream = Task.Run(async () =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                await system.Client.SubmitAsync($"!echo high {i} a b c d e f g h i j k l m n o p", priority: "high");
                await Task.Delay(50, CancellationToken.None);
            }
        });
        await Eventually.IsTrueAsync(
            async () => (await system.QueryAsync<long>("select count(*) from jobs where priority = 'high'"))[0] >= 5, "urgent jobs wait");
        await PostAsync(system, "/admin/queue/chat/resume");
        await AllEndedAsync(system, "priority = 'low'");
        await stop.CancelAsync();
        await stream;

        var waiting = (await system.QueryAsync<long>("select count(*) from jobs where priority = 'high' and status = 'queued'"))[0];
        var before = (await system.QueryAsync<long>(
            "select count(*) from jobs where priority = 'high' and completed_at < (select min(completed_at) from jobs where priority = 'low')"))[0];
        output.WriteLine($"{before} urgent jobs went before the first low one, {waiting} still waited after the last");
        Assert.True(before > 0 && waiting > 0, $"{before} went before, {waiting} wait.");
    }

    [Fact]
    public async Task CancelOfARunningJob_CallsItsModelOff()
    {
        var system = await JobSystem.StartAsync(servers);
        var id = await system.Client.SubmitAsync("!echo " + string.Join(' ', Enumerable.Range(0, 1000).Select(i => $"w{i}")), "sim-slow");
        RecordedRequest? call = null;
        await Eventually.IsTrueAsync(
            () => (call = servers.Simulator.Requests.SingleOrDefault(r => r.Model == "sim-slow" && r.ChunksSent > 2)) is not null, "the model answers");

        using (var answer = await system.Client.SendAsync(HttpMethod.Delete, $"/v1/chat/jobs/{id}"))
        {
            Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        }

        var clock = Stopwatch.StartNew();
        await Eventually.IsTrueAsync(() => call!.Outcome == RequestOutcome.ClientAborted, "the model is called off");
        output.WriteLine($"The model was called off {clock.Elapsed.TotalMilliseconds:0} ms after the answer");
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(2), $"It took {clock.Elapsed}.");
        Assert.Equal("cancelled", JobClient.Status(await system.Client.WaitForEndAsync(id)));
    }

    [Fact]
    public async Task CancelOfAWaitingJob_KeepsItFromItsModel()
    {
        var system = await JobSystem.StartAsync(servers);
        await PostAsync(system, "/admin/queue/chat/pause");
        var cancelled = await system.Client.SubmitAsync("!echo never to be seen");
        using (var answer = await system.Client.SendAsync(HttpMethod.Delete, $"/v1/chat/jobs/{cancelled}"))
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal("cancelled", JobClient.Status(await JobClient.JsonAsync(answer)));
        }

        var other = await system.Client.SubmitAsync("!echo to be seen");
        await PostAsync(system, "/admin/queue/chat/resume");
        Assert.Equal("completed", JobClient.Status(await system.Client.WaitForEndAsync(other)));
        Assert.Equal("cancelled", JobClient.Status(await system.Client.GetAsync(cancelled)));
        Assert.Contains(servers.Simulator.Requests, r => r.Body.Contains("to be seen", StringComparison.Ordinal));
        Assert.DoesNotContain(servers.Simulator.Requests, r => r.Body.Contains("never to be seen", StringComparison.Ordinal));
    }

    private static async Task PostAsync(JobSystem system, string path)
    {
        using var answer = await system.Client.SendAsync(HttpMethod.Post, path);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private static Task AllEndedAsync(JobSystem system, string which) => Eventually.IsTrueAsync(
        async () => (await system.QueryAsync<long>($"select count(*) from jobs where {which} and status in ('queued', 'running')"))[0] == 0, $"all jobs with {which} end");
}
