using LlmGateway.Data.Jobs;
using LlmGateway.Data.Tests.Support;
using LlmGateway.TestSupport;
using Npgsql;

namespace LlmGateway.Data.Tests.Jobs;

/// <summary>With 100,000 waiting jobs no call that a client waits for reads them all: seen from the server's plans, as times depend on the machine.</summary>
public sealed class ManyJobsTests : IAsyncLifetime
{
    private const int Waiting = 100_000;

    private static readonly Task<TestDatabase> Database = TestDatabase.MigratedAsync();

    private DatabaseJobs? _jobs;

    private DatabaseJobs Jobs => _jobs!;

    public async Task InitializeAsync()
    {
        _jobs = await DatabaseJobs.EmptyAsync(Database);
        await ManyJobs.AddAsync(_jobs, Waiting + 20_000);
        await _jobs.RunAsync(
            $"""
            update jobs set status = 'completed', started_at = now() - interval '2 s', completed_at = now()
            where id > 'many_{Waiting:D6}' and id <= 'many_{Waiting + 15_000:D6}'
            """);
        await _jobs.RunAsync(
            $"""
            update jobs set status = 'failed', started_at = now() - interval '2 s', completed_at = now(), dead_lettered_at = now()
            where id > 'many_{Waiting + 15_000:D6}'
            """);
        await _jobs.RunAsync("vacuum analyze jobs");
    }

    public async Task DisposeAsync() => await Jobs.DisposeAsync();

    [Fact]
    public async Task Position_ReadsTheIndexUpToItsLimit()
    {
        Assert.Equal(5_000, await Jobs.Store.PositionAsync("many_005001", default));
        Assert.Equal(IJobStore.MaxPosition, await Jobs.Store.PositionAsync("many_090000", default));

        var plan = await ExplainAsync(connection => StoreCalls.Command(connection, JobTable.PositionSql, "many_090000"), "analyze, timing off, ");
        Assert.Contains("Index Only Scan using ix_jobs_queue", plan, StringComparison.Ordinal);
        Assert.Contains($"rows={IJobStore.MaxPosition} loops=1", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Figures_ReadIndexesAlone()
    {
        var chat = (await Jobs.Queues.FiguresAsync(default))[0];
        Assert.Equal((Waiting, 15_000, 5_000, 5_000), (chat.Waiting, chat.Completed, chat.Failed, chat.DeadLetters));

        var plan = await ExplainAsync(connection => StoreCalls.Command(connection, QueueTable.FiguresSql));
        foreach (var index in new[] { "ix_jobs_queue", "ix_jobs_ended", "ix_jobs_dead" })
        {
            Assert.Contains($"Index Only Scan using {index}", plan, StringComparison.Ordinal);
        }

        Assert.Contains("ix_jobs_lease", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Seq Scan on jobs", plan, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pace_ReadsASampleOfWhatEnded()
    {
        var pace = await Jobs.Store.PaceAsync(JobKind.Chat, default);
        Assert.InRange(pace.Ended, 1_000, 2_000);
        Assert.InRange(pace.Window, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(5));
        Assert.Equal(2, pace.MeanSeconds, 3);

        var plan = await ExplainAsync(connection => StoreCalls.Command(connection, JobTable.PaceSql, "chat", TimeSpan.FromMinutes(5)));
        Assert.Contains("Index Only Scan Backward using ix_jobs_ended", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("many_050000")]
    public async Task List_BeginsWhereItsPageDoes(string? after)
    {
        var query = new JobListQuery("key_0", JobKind.Chat, 20, after);
        Assert.Equal(20, (await Jobs.Store.ListAsync(query, default)).Count);
        var plan = await ExplainAsync(connection => JobTable.ListCommand(connection, query));
        Assert.Contains("using ix_jobs_owner", plan, StringComparison.Ordinal);
        Assert.Equal(after is not null, plan.Contains("Index Cond: ((api_key_id = 'key_0'::text) AND (kind = 'chat'::text) AND (ROW(created_at, id) <", StringComparison.Ordinal));
        Assert.DoesNotContain("Sort", plan, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("many_110000")]
    public async Task DeadLetters_AreReadFromTheirIndex(string? after)
    {
        var plan = await ExplainAsync(connection => StoreCalls.Command(
            connection, QueueTable.DeadLettersSql(after is not null), after is null ? [Kinds, 20] : [Kinds, 20, after]));
        Assert.Contains("Index Scan Backward using ix_jobs_dead", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Add_LooksAtNothingButTheKeys()
    {
        var job = JobRows.New(idempotencyKey: "once");
        var plan = await ExplainAsync(connection => JobInsert.Command(connection, job));
        Assert.Contains("Conflict Arbiter Indexes: ux_jobs_idempotency", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Scan", plan, StringComparison.Ordinal);
        await Jobs.AddAsync(job);
        foreach (var key in new[] { "key_1", null })
        {
            Assert.Contains(
                "ux_jobs_idempotency",
                await ExplainAsync(connection => JobTable.FirstCommand(connection, JobRows.New(key, idempotencyKey: "once"))), StringComparison.Ordinal);
        }
    }

    private static readonly string[] Kinds = ["chat", "embeddings", "batch"];

    private async Task<string> ExplainAsync(Func<NpgsqlConnection, NpgsqlCommand> create, string options = "")
    {
        await using var connection = await Jobs.Database.OpenConnectionAsync(TestTimeouts.Token());
        await using var command = create(connection);
        command.CommandText = $"explain ({options}costs off) {command.CommandText}";
        await using var row = await command.ExecuteReaderAsync(TestTimeouts.Token());
        var plan = new List<string>();
        while (await row.ReadAsync())
        {
            plan.Add(row.GetString(0));
        }

        return string.Join('\n', plan);
    }
}
