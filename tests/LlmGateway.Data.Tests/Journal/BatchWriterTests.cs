using System.Diagnostics;
using LlmGateway.Data.Audit;
using LlmGateway.Data.Journal;
using LlmGateway.Data.Tests.Support;
using LlmGateway.Data.Usage;
using LlmGateway.TestSupport;
using LlmGateway.TestSupport.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace LlmGateway.Data.Tests.Journal;

public sealed class BatchWriterTests : IDisposable
{

    private readonly DirectoryInfo _journal = Directory.CreateTempSubdirectory("journal-");

    public void Dispose() => _journal.Delete(recursive: true);

    [Fact]
    public async Task Rows_ReachTheDatabaseWhole_AndTwiceTheSameRowIsOneRow()
    {
        var database = await TestDatabase.CreateAsync();
        using var host = await StartAsync(database);
        var writer = host.Services.GetRequiredService<IRecordWriter<UsageRecord>>();
        var expected = Rows.Usage("r1");

        writer.Write(expected);
        writer.Write(Rows.Usage("r1", model: "another"));
        writer.Write(Rows.Usage("r2", model: "nul\0inside"));
        await UntilAsync(database, 2);

        using var scope = host.Services.CreateScope();
        var stored = await scope.ServiceProvider.GetRequiredService<GatewayDbContext>().Usage.AsNoTracking().ToDictionaryAsync(row => row.RequestId);
        foreach (var property in typeof(UsageRecord).GetProperties().Where(property => property.Name != nameof(UsageRecord.CreatedAt)))
        {
            Assert.Equal(property.GetValue(expected), property.GetValue(stored["r1"]));
        }

        Assert.Equal(expected.CreatedAt, stored["r1"].CreatedAt);
        Assert.Equal("nulinside", stored["r2"].RequestedModel);
        await host.StopAsync();
    }

    [Fact]
    public async Task ARequestIdThatAClientUsesTwice_LosesNoRow()
    {
        var database = await TestDatabase.CreateAsync();
        using var host = await StartAsync(database);
        var writer = host.Services.GetRequiredService<IRecordWriter<UsageRecord>>();
        writer.Write(Rows.Usage("same", id: Guid.CreateVersion7()));
        writer.Write(Rows.Usage("same", id: Guid.CreateVersion7()));
        await UntilAsync(database, 2);
        await host.StopAsync();
    }

    [Fact]
    public async Task Stop_WritesWhatIsStillInMemory()
    {
        var database = await TestDatabase.CreateAsync();
        using var host = await StartAsync(database, ("Database:Writer:FlushInterval", "00:00:30"));
        var writer = host.Services.GetRequiredService<IRecordWriter<UsageRecord>>();
        for (var n = 0; n < 2_500; n++)
        {
            writer.Write(Rows.Usage($"r{n}"));
        }

        await host.StopAsync();

        Assert.Equal(["2500"], await database.ColumnAsync("select count(*) from usage"));
    }

    [Fact]
    public async Task ARowTheDatabaseRefuses_IsSetAside_AndTheOthersAreWritten()
    {
        var database = await TestDatabase.CreateAsync();
        using var host = await StartAsync(database);
        var writer = host.Services.GetRequiredService<IRecordWriter<AuditRecord>>();
        for (var n = 0; n < 20; n++)
        {
            writer.Write(new AuditRecord
            {
                OccurredAt = TimeProvider.System.GetUtcNow(),
                Action = "request.routed",
                Outcome = "allowed",
                Subject = $"s{n}",
                Detail = n == 7 ? "{ this is not JSON" : """{"candidates":[]}""",
            });
        }

        await UntilAsync(database, 19, "audit");
        await host.StopAsync();

        Assert.DoesNotContain("s7", await database.ColumnAsync("select subject from audit"));
        Assert.Contains("this is not JSON", await File.ReadAllTextAsync(Directory.GetFiles(Path.Combine(_journal.FullName, "rejected")).Single()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("stop")]
    [InlineData("kill")]
    [InlineData("freeze")]
    public async Task RowsWrittenWhileTheDatabaseIsAway_AreThereOnceEach_WhenItIsBack(string fault)
    {
        await using var servers = await PrivateServers.StartOwnAsync(Server.Postgres);
        var database = new TestDatabase(servers);
        using var host = await StartAsync(database);
        var writer = host.Services.GetRequiredService<BatchWriter<UsageRecord>>();
        writer.Write(Rows.Usage("before"));
        await UntilAsync(database, 1);

        await (fault switch
        {
            "stop" => servers.StopAsync(Server.Postgres),
            "kill" => servers.KillAsync(Server.Postgres),
            _ => servers.FreezeAsync(Server.Postgres),
        });
        var slowest = TimeSpan.Zero;
        for (var n = 0; n < 3_000; n++)
        {
            var clock = Stopwatch.StartNew();
            writer.Write(Rows.Usage($"r{n}"));
            slowest = clock.Elapsed > slowest ? clock.Elapsed : slowest;
            if (n == 1_500)
            {
                await Eventually.IsTrueAsync(() => writer.Away && writer.JournalBytes > 0, "rows go to the journal");
            }
        }

        Assert.True(slowest < TimeSpan.FromSeconds(1), $"One Write took {slowest}.");
        var health = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        Assert.Equal(HealthStatus.Degraded, health.Entries["usage-writer"].Status);
        Assert.Equal(HealthStatus.Degraded, health.Entries["gatewaydb"].Status);

        var recovery = Stopwatch.StartNew();
        await (fault == "freeze" ? servers.ThawAsync(Server.Postgres) : servers.StartAsync(Server.Postgres));
        await UntilAsync(database, 3_001);
        Assert.True(recovery.Elapsed < TimeSpan.FromSeconds(10), $"Recovery took {recovery.Elapsed}.");
        await Eventually.IsTrueAsync(() => !writer.Away && writer.JournalBytes == 0, "the journal is empty");

        writer.Write(Rows.Usage("after"));
        await UntilAsync(database, 3_002);
        Assert.Equal(0, writer.Lost);
        await host.StopAsync();
    }

    [Fact]
    public async Task AJournalLeftByAnEarlierProcess_IsReplayedAtStart()
    {
        await using var servers = await PrivateServers.StartOwnAsync(Server.Postgres);
        var database = new TestDatabase(servers);
        using (var first = await StartAsync(database))
        {
            await servers.StopAsync(Server.Postgres);
            var writer = first.Services.GetRequiredService<IRecordWriter<UsageRecord>>();
            for (var n = 0; n < 10; n++)
            {
                writer.Write(Rows.Usage($"r{n}"));
            }

            await first.StopAsync();
        }

        Assert.NotEmpty(_journal.GetFiles("usage-*"));
        await servers.StartAsync(Server.Postgres);
        using var second = await StartAsync(database);
        await UntilAsync(database, 10);
        await second.StopAsync();
    }

    [Fact]
    public async Task RowsBeyondTheCapacity_GoToTheJournal_AndAreNotLost()
    {
        var database = await TestDatabase.CreateAsync();
        using var host = await StartAsync(database, ("Database:Writer:Capacity", "16"), ("Database:Writer:BatchSize", "500"));
        var writer = host.Services.GetRequiredService<BatchWriter<UsageRecord>>();

        Parallel.For(0, 5_000, n => writer.Write(Rows.Usage($"r{n}")));

        await UntilAsync(database, 5_000);
        Assert.Equal(0, writer.Lost);
        await host.StopAsync();
    }

    private async Task<IHost> StartAsync(TestDatabase database, params (string Key, string Value)[] settings)
    {
        var host = database.Host([("Database:Writer:JournalDirectory", _journal.FullName), .. settings]);
        await host.StartAsync();
        return host;
    }

    private static Task UntilAsync(TestDatabase database, int rows, string table = "usage") => Eventually.IsTrueAsync(
        async () =>
        {
            try
            {
                return await database.ColumnAsync($"select count(*) from {table}") is [var count] && count == $"{rows}";
            }
            catch (NpgsqlException)
            {
                return false;
            }
        },
        $"{table} has {rows} rows");
}
