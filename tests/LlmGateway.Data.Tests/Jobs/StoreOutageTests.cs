using System.Diagnostics;
using LlmGateway.Data.Jobs;
using LlmGateway.Data.Schema;
using LlmGateway.Data.Tests.Support;
using LlmGateway.TestSupport;
using LlmGateway.TestSupport.Servers;
using Microsoft.Extensions.DependencyInjection;
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
