using System.Net;
using System.Text.Json;
using LlmGateway.TestGateway.Jobs;

namespace LlmGateway.IntegrationTests.Jobs;

/// <summary>Jobs whose model fails.</summary>
[Collection(GatewayCollection.Name)]
public sealed class FailureTests(SharedGatewayServers servers) : IAsyncLifetime
{
    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        servers.Simulator.Reset();
        await servers.EndServicesAsync();
    }

    [Fact]
    public async Task PoisonJob_BecomesADeadLetter_AndIsChargedOnceWhenItsReplayCompletes()
    {
        var system = await JobSystem.StartAsync(servers, ("Jobs:MaxAttempts", "2"), ("Routing:CircuitBreaker:Enabled", "false"));
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
}
