using System.Diagnostics;
using System.Text;
using LlmGateway.Contracts.Jobs;
using LlmGateway.ServiceDefaults.Infrastructure;
using LlmGateway.ServiceDefaults.Jobs;
using LlmGateway.TestGateway.Jobs;
using LlmGateway.TestGateway.Servers;
using LlmGateway.TestSupport;
using LlmGateway.TestSupport.Servers;
using Microsoft.Extensions.DependencyInjection;

namespace LlmGateway.SystemTests.Jobs;

/// <summary>The log while Redis is gone, frozen, or back without what it knew.</summary>
[Collection(SystemCollection.Name)]
public sealed class RedisJobEventLogFaultTests(SystemServers servers)
{
    [Theory]
    [InlineData(Fault.Freeze)]
    [InlineData(Fault.Kill)]
    public async Task WithoutTheServer_EveryCallFailsSoon_AndAllGoesOnAfterItsReturn(Fault fault)
    {
        var host = await RedisJobEventLogHost.StartAsync(servers.NewRedis());
        var log = host.Services.GetRequiredService<IJobEventLog>();
        var woken = 0;
        using var watch = log.Watch("a", () => Interlocked.Increment(ref woken));
        await AppendedAsync(log, 1, 0, 2, "start", "a");
        await Eventually.IsTrueAsync(async () => await NotifiedAsync(log) && Volatile.Read(ref woken) > 0, "The watcher is called");

        await using var outage = await ServerOutage.BeginAsync(servers.Servers, fault, Server.Redis);
        Func<Task>[] calls =
        [
            async () => await log.AppendAsync("a", 1, 2, Documents("b"), default),
            async () => await log.ReadAsync("a", JobEventId.None, 10, default),
            async () => await log.NotifyAsync("a", default),
            async () => await log.ForgetAsync("a", TimeSpan.FromMinutes(1), default),
        ];
        foreach (var call in calls)
        {
            var clock = Stopwatch.StartNew();
            await Assert.ThrowsAsync<JobLogUnavailableException>(call);
            // The bound is one second; the rest is a slow machine.
            Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(4));
        }

        // A watch that begins meanwhile costs nothing and works in the end.
        var late = 0;
        using var second = log.Watch("a", () => Interlocked.Increment(ref late));
        await outage.EndAsync();

        // Resent from the beginning: what is there already is no harm, and what is lost comes back.
        await AppendedAsync(log, 1, 0, 3, "start", "a", "b");
        Assert.Equal(3, (await log.ReadAsync("a", JobEventId.None, 10, TestTimeouts.Token())).Count);
        woken = 0;
        await Eventually.IsTrueAsync(
            async () => await NotifiedAsync(log) && Volatile.Read(ref woken) > 0 && Volatile.Read(ref late) > 0, "Both watchers are called after the return");
        await RedisJobEventLogHost.EndAsync(host);
    }

    [Fact]
    public async Task AServerThatForgotEverything_IsSentEverythingAgain()
    {
        var host = await RedisJobEventLogHost.StartAsync(servers.NewRedis());
        var log = host.Services.GetRequiredService<IJobEventLog>();
        var redis = host.Services.GetRequiredService<RedisConnection>();
        await AppendedAsync(log, 1, 0, 2, "start", "a");
        Assert.Equal(2, (await log.ReadAsync("a", JobEventId.None, 10, TestTimeouts.Token())).Count);

        await redis.ExecuteAsync(database => database.ExecuteAsync("FLUSHALL"), TestTimeouts.Token());
        await redis.ExecuteAsync(database => database.ExecuteAsync("SCRIPT", "FLUSH"), TestTimeouts.Token());

        // No exception, although the server does not know the scripts any more.
        Assert.Equal(0, await log.AppendAsync("a", 1, 2, Documents("b"), TestTimeouts.Token()));
        Assert.Empty(await log.ReadAsync("a", JobEventId.None, 10, TestTimeouts.Token()));
        Assert.Equal(3, await log.AppendAsync("a", 1, 0, Documents("start", "a", "b"), TestTimeouts.Token()));
        Assert.Equal(3, (await log.ReadAsync("a", JobEventId.None, 10, TestTimeouts.Token())).Count);
        await RedisJobEventLogHost.EndAsync(host);
    }

    [Fact]
    public async Task AWatch_WorksWhenTheServerComesLater()
    {
        await using var outage = await ServerOutage.BeginAsync(servers.Servers, Fault.Kill, Server.Redis);
        var host = await RedisJobEventLogHost.StartAsync(servers.NewRedis());
        var log = host.Services.GetRequiredService<IJobEventLog>();
        var woken = 0;
        using var watch = log.Watch("a", () => Interlocked.Increment(ref woken));
        await Assert.ThrowsAsync<JobLogUnavailableException>(async () => await log.NotifyAsync("a", default));

        await outage.EndAsync();

        await Eventually.IsTrueAsync(async () => await NotifiedAsync(log) && Volatile.Read(ref woken) > 1, "The watcher is called");
        await RedisJobEventLogHost.EndAsync(host);
    }

    private static async Task AppendedAsync(IJobEventLog log, int attempt, int first, int expected, params string[] documents) =>
        await Eventually.IsTrueAsync(
            async () =>
            {
                try
                {
                    return await log.AppendAsync("a", attempt, first, Documents(documents), TestTimeouts.Token()) == expected;
                }
                catch (JobLogUnavailableException)
                {
                    return false;
                }
            },
            "The events are taken");

    private static async Task<bool> NotifiedAsync(IJobEventLog log)
    {
        try
        {
            await log.NotifyAsync("a", TestTimeouts.Token());
            return true;
        }
        catch (JobLogUnavailableException)
        {
            return false;
        }
    }

    private static IReadOnlyList<ReadOnlyMemory<byte>> Documents(params string[] documents) =>
        [.. documents.Select(text => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(text))];
}
