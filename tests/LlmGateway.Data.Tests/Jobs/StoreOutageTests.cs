using System.Diagnostics;
using LlmGateway.Data.Jobs;
using LlmGateway.Data.Schema;
using LlmGateway.Data.Tests.Support;
using LlmGateway.TestSupport;
using LlmGateway.TestSupport.Servers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Npgsql;

namespace LlmGateway.Data.Tests.Jobs;

/// <summary>A server that is away or frozen is told in time, by every call, and the stores go on when it is back.</summary>
public sealed class StoreOutageTests
{
    [Theory]
    [InlineData("freeze")]
    [InlineData("kill")]
    public async Task WhileTheServerIsAway_EveryCallSaysSoInTime(string fault)
    {
        await using var servers = await PrivateServers.StartOwnAsync(Server.Postgres);
        using var host = new TestDatabase(servers).Host();
        await host.Services.GetRequiredService<DatabaseMigrator>().MigrateAsync(null, default);
        var calls = new StoreCalls(host.Services.GetRequiredService<NpgsqlDataSource>());
        var (store, queues) = (new JobTable(calls, host.Services.GetRequiredService<IOptions<DatabaseOptions>>()), new QueueTable(calls));
        var before = (await store.AddAsync(JobRows.New(), default)).Job;

        await (fault == "freeze" ? servers.FreezeAsync(Server.Postgres) : servers.KillAsync(Server.Postgres));
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Calls(store, queues, before.Id).Select(call => Assert.ThrowsAsync<StoreUnavailableException>(() => call)));
        // Ten seconds of a call's own, and leave for a busy machine.
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), $"It took {clock.Elapsed}.");

        await (fault == "freeze" ? servers.ThawAsync(Server.Postgres) : servers.StartAsync(Server.Postgres));
        await Eventually.IsTrueAsync(
            async () =>
            {
                try
                {
                    return await store.FindAsync(before.Id, null, default) is not null
                        && (await store.AddAsync(JobRows.New(), default)).Kind == JobAdditionKind.Added;
                }
                catch (StoreUnavailableException)
                {
                    return false;
                }
            },
            "jobs are stored again");
    }

    /// <summary>As after a failover: the server takes writes again, but connections made meanwhile go on refusing them.</summary>
    [Fact]
    public async Task ConnectionsToAServerThatTookNoWrites_AreDropped()
    {
        var database = await TestDatabase.MigratedAsync();
        using var host = database.Host();
        var calls = new StoreCalls(host.Services.GetRequiredService<NpgsqlDataSource>());
        var store = new JobTable(calls, host.Services.GetRequiredService<IOptions<DatabaseOptions>>());
        var address = new NpgsqlConnectionStringBuilder(database.ConnectionString);
        await AdministerAsync($"alter database {address.Database} set default_transaction_read_only = on");
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Assert.ThrowsAsync<StoreUnavailableException>(() => store.AddAsync(JobRows.New(), default))));
        Assert.Equal(HealthStatus.Degraded, await HealthAsync());

        // Connections of before stay as they are.
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => store.FindAsync("job_none", null, default)));
        await AdministerAsync($"alter database {address.Database} reset default_transaction_read_only");
        var refused = 0;
        for (var i = 0; i < 40; i++)
        {
            try
            {
                await store.AddAsync(JobRows.New(), default);
            }
            catch (StoreUnavailableException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 0, 1);
        Assert.Equal(HealthStatus.Healthy, await HealthAsync());

        async Task AdministerAsync(string sql)
        {
            await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database.ConnectionString) { Database = "postgres" });
            await using var command = source.CreateCommand(sql);
            await command.ExecuteNonQueryAsync();
        }

        async Task<HealthStatus> HealthAsync() => (await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(
            check => check.Name == GatewayDataExtensions.ConnectionName)).Status;
    }

    private static IEnumerable<Task> Calls(IJobStore store, IJobQueues queues, string id) =>
    [
        store.AddAsync(JobRows.New(), default),
        store.FindAsync(id, null, default),
        store.FindWholeAsync(id, null, true, default),
        store.ListAsync(new JobListQuery("key_1", JobKind.Chat, 10), default),
        store.StatesAsync([id], default),
        store.CancelAsync(id, null, default),
        store.PositionAsync(id, default),
        store.PaceAsync(JobKind.Chat, default),
        queues.FiguresAsync(default),
        queues.PauseAsync(JobKind.Chat, null, default),
        queues.ResumeAsync(JobKind.Chat, default),
        queues.ClearAsync(JobKind.Chat, default),
        queues.DeadLettersAsync(null, 10, null, default),
        queues.DeadLetterAsync(id, default),
        queues.ReplayAsync(null, null, default),
        queues.PurgeAsync(null, null, default),
    ];
}
