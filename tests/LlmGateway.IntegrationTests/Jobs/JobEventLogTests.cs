using System.Diagnostics;
using LlmGateway.Contracts.Jobs;
using LlmGateway.IntegrationTests.Servers;
using LlmGateway.ServiceDefaults.Infrastructure;
using LlmGateway.ServiceDefaults.Jobs;
using LlmGateway.TestSupport;
using LlmGateway.TestSupport.Servers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace LlmGateway.IntegrationTests.Jobs;

public sealed class InMemoryJobEventLogTests : JobEventLogContract, IDisposable
{
    private readonly InMemoryJobEventLog _log = new(Options.Create(new JobEventLogOptions()), TimeProvider.System);

    public override IJobEventLog Writer => _log;

    public override IJobEventLog Reader => _log;

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task AJobThatIsSilentTooLong_IsDropped()
    {
        var time = new ManualTimeProvider();
        using var log = new InMemoryJobEventLog(Options.Create(new JobEventLogOptions { TimeToLive = TimeSpan.FromMinutes(1) }), time);
        await log.AppendAsync("a", 1, 0, Documents("start"), default);
        time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(2, await log.AppendAsync("a", 1, 1, Documents("more"), default));
        time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(1, log.Count);

        time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(0, log.Count);
        Assert.Equal(0, time.PendingTimers);
        Assert.Equal(0, await log.AppendAsync("a", 1, 2, Documents("late"), default));
    }
}

[Collection(SharedServersCollection.Name)]
public sealed class RedisJobEventLogTests(SharedServers servers) : JobEventLogContract, IAsyncLifetime
{
    private IHost? _writer;
    private IHost? _reader;

    public override IJobEventLog Writer => _writer!.Services.GetRequiredService<IJobEventLog>();

    public override IJobEventLog Reader => _reader!.Services.GetRequiredService<IJobEventLog>();

    public async Task InitializeAsync()
    {
        // Patient: these tests are about what the log does, not about how fast the machine is.
        _writer = await StartAsync(servers.Redis, ("Redis:CommandTimeout", "00:00:20"));
        _reader = await StartAsync(servers.Redis, ("Redis:CommandTimeout", "00:00:20"));
    }

    public async Task DisposeAsync()
    {
        await EndAsync(_writer!);
        await EndAsync(_reader!);
    }

    [Fact]
    public async Task AStream_HasATimeToLive()
    {
        var id = $"job_{Guid.NewGuid():N}";
        await Writer.AppendAsync(id, 1, 0, Documents("start"), TestTimeouts.Token());
        var redis = _reader!.Services.GetRequiredService<RedisConnection>();
        var left = await redis.ExecuteAsync(database => database.KeyTimeToLiveAsync(RedisJobEventLog.Key(id)), TestTimeouts.Token());
        Assert.InRange(left ?? TimeSpan.MaxValue, TimeSpan.FromMinutes(50), TimeSpan.FromHours(1));
    }

    internal static async Task<IHost> StartAsync(string redis, params (string Key, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection([
            new("ConnectionStrings:redis", redis),
            .. settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)),
        ]);
        builder.AddJobEventLog().AddJobEventLog();
        var host = builder.Build();
        await host.StartAsync(TestTimeouts.Token());
        Assert.IsType<RedisJobEventLog>(host.Services.GetRequiredService<IJobEventLog>());
        return host;
    }

    internal static async Task EndAsync(IHost host)
    {
        await host.StopAsync(TestTimeouts.Token());
        host.Dispose();
    }
}

/// <summary>The log while Redis is gone, frozen, or back without what it knew.</summary>
public sealed class RedisJobEventLogFaultTests
{
    [Theory]
    [InlineData("freeze")]
    [InlineData("kill")]
    public async Task WithoutTheServer_EveryCallFailsSoon_AndAllGoesOnAfterItsReturn(string fault)
    {
        await using var servers = await PrivateServers.StartOwnAsync(Server.Redis);
        var host = await RedisJobEventLogTests.StartAsync(servers.ConnectionString(Server.Redis));
        var log = host.Services.GetRequiredService<IJobEventLog>();
        var woken = 0;
        using var watch = log.Watch("a", () => Interlocked.Increment(ref woken));
        await AppendedAsync(log, 1, 0, 2, "start", "a");
        await Eventually.IsTrueAsync(async () => await NotifiedAsync(log) && Volatile.Read(ref woken) > 0, "The watcher is called");

        await (fault == "freeze" ? servers.FreezeAsync(Server.Redis) : servers.KillAsync(Server.Redis));
        Func<Task>[] calls =
        [
            async () => await log.AppendAsync("a", 1, 2, JobEventLogContract.Documents("b"), default),
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
        await (fault == "freeze" ? servers.ThawAsync(Server.Redis) : servers.StartAsync(Server.Redis));

        // Resent from the beginning: what is there already is no harm, and what is lost comes back.
        await AppendedAsync(log, 1, 0, 3, "start", "a", "b");
        Assert.Equal(3, (await log.ReadAsync("a", JobEventId.None, 10, TestTimeouts.Token())).Count);
        woken = 0;
        await Eventually.IsTrueAsync(
            async () => await NotifiedAsync(log) && Volatile.Read(ref woken) > 0 && Volatile.Read(ref late) > 0, "Both watchers are called after the return");
        await RedisJobEventLogTests.EndAsync(host);
    }

    [Fact]
    public async Task AServerThatForgotEverything_IsSentEverythingAgain()
    {
        await using var servers = await PrivateServers.StartOwnAsync(Server.Redis);
        var host = await RedisJobEventLogTests.StartAsync(servers.ConnectionString(Server.Redis));
        var log = host.Services.GetRequiredService<IJobEventLog>();
        var redis = host.Services.GetRequiredService<RedisConnection>();
        await AppendedAsync(log, 1, 0, 2, "start", "a");
        Assert.Equal(2, (await log.ReadAsync("a", JobEventId.None, 10, TestTimeouts.Token())).Count);

        await redis.ExecuteAsync(database => database.ExecuteAsync("FLUSHALL"), TestTimeouts.Token());
        await redis.ExecuteAsync(database => database.ExecuteAsync("SCRIPT", "FLUSH"), TestTimeouts.Token());

        // No exception, although the server does not know the scripts any more.
        Assert.Equal(0, await log.AppendAsync("a", 1, 2, JobEventLogContract.Documents("b"), TestTimeouts.Token()));
        Assert.Empty(await log.ReadAsync("a", JobEventId.None, 10, TestTimeouts.Token()));
        Assert.Equal(3, await log.AppendAsync("a", 1, 0, JobEventLogContract.Documents("start", "a", "b"), TestTimeouts.Token()));
        Assert.Equal(3, (await log.ReadAsync("a", JobEventId.None, 10, TestTimeouts.Token())).Count);
        await RedisJobEventLogTests.EndAsync(host);
    }

    [Fact]
    public async Task AWatch_WorksWhenTheServerComesLater()
    {
        await using var servers = await PrivateServers.StartOwnAsync(Server.Redis);
        await servers.KillAsync(Server.Redis);
        var host = await RedisJobEventLogTests.StartAsync(servers.ConnectionString(Server.Redis));
        var log = host.Services.GetRequiredService<IJobEventLog>();
        var woken = 0;
        using var watch = log.Watch("a", () => Interlocked.Increment(ref woken));
        await Assert.ThrowsAsync<JobLogUnavailableException>(async () => await log.NotifyAsync("a", default));

        await servers.StartAsync(Server.Redis);

        await Eventually.IsTrueAsync(async () => await NotifiedAsync(log) && Volatile.Read(ref woken) > 1, "The watcher is called");
        await RedisJobEventLogTests.EndAsync(host);
    }

    private static async Task AppendedAsync(IJobEventLog log, int attempt, int first, int expected, params string[] documents) =>
        await Eventually.IsTrueAsync(
            async () =>
            {
                try
                {
                    return await log.AppendAsync("a", attempt, first, JobEventLogContract.Documents(documents), TestTimeouts.Token()) == expected;
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
}
