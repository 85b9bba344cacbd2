using LlmGateway.Data.Jobs;
using LlmGateway.Data.Tests.Support;
using LlmGateway.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace LlmGateway.Data.Tests.Jobs;

public sealed class JobTableTests : JobStoreTests
{
    private static readonly Task<TestDatabase> Database = TestDatabase.MigratedAsync();

    private protected override async Task<JobsUnderTest> CreateAsync() => await DatabaseJobs.EmptyAsync(Database);

    [Fact]
    public async Task Add_DropsWhatTheServerCannotStore()
    {
        var added = await Jobs.AddAsync(new Job
        {
            Id = "job_hostile",
            Kind = JobKind.Chat,
            ApiKeyId = "key_1",
            Owner = "a\0b",
            Team = "\ud800",
            Model = "m\0odel",
            CreatedAt = default,
            QueueAt = default,
            RunAfter = default,
            Request = [0],
            IdempotencyKey = "o\0nce",
            IdempotencyHash = [1],
            WebhookUrl = "https://example.com/\0",
            Metadata = """{"a\u0000": "\ud83d\ude00\uD800\u0000\\u0000\u00e9", "b": "\udc00\""}""",
            TraceParent = "\0",
        });
        Assert.Equal(("ab", "\ufffd", "model", "https://example.com/", ""), (added.Owner, added.Team, added.Model, added.WebhookUrl, added.TraceParent));
        Assert.Equal("""{"a": "😀�\\u0000é", "b": "�\""}""", added.Metadata);
        Assert.Equal(JobAdditionKind.Repeated, (await Jobs.Store.AddAsync(JobRows.New(idempotencyKey: "o\0nce"), default)).Kind);
    }

    [Fact]
    public async Task Add_WorksWithoutPreparedStatements_AndAfterTheServerEndedItsConnections()
    {
        var unprepared = new JobTable(
            Jobs.Services.GetRequiredService<StoreCalls>(), Options.Create(new DatabaseOptions { PrepareStatements = false }));
        Assert.Equal(JobAdditionKind.Added, (await unprepared.AddAsync(JobRows.New(), default)).Kind);
        await Jobs.AddAsync(JobRows.New());
        await Jobs.AddAsync(JobRows.New());

        await (await Database).ColumnAsync("select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()");
        await Eventually.IsTrueAsync(
            async () =>
            {
                try
                {
                    await Jobs.AddAsync(JobRows.New());
                    return true;
                }
                catch (StoreUnavailableException)
                {
                    return false;
                }
            },
            "a job is accepted again");
    }

    [Fact]
    public async Task Add_WhereTheJobUnderTheKeyIsDeletedAgainAndAgain_EndsWithAnAnswer()
    {
        var database = (DatabaseJobs)Jobs;
        using var end = new CancellationTokenSource();
        var deleting = Task.Run(async () =>
        {
            while (!end.IsCancellationRequested)
            {
                await database.RunAsync("delete from jobs");
            }
        });
        for (var n = 0; n < 50; n++)
        {
            await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => AddAsync()));
        }

        await end.CancelAsync();
        await deleting;
        Assert.NotEqual(JobAdditionKind.Conflict, (await Jobs.Store.AddAsync(JobRows.New(idempotencyKey: "once"), default)).Kind);

        async Task AddAsync()
        {
            try
            {
                Assert.NotEqual(JobAdditionKind.Conflict, (await Jobs.Store.AddAsync(JobRows.New(idempotencyKey: "once"), default)).Kind);
            }
            catch (StoreUnavailableException)
            {
                // Where it was gone each time it was looked at: the client is to come again.
            }
        }
    }
}

public sealed class QueueTableTests : JobQueuesTests
{
    private const int Many = 2_345;

    private static readonly Task<TestDatabase> Database = TestDatabase.MigratedAsync();

    private protected override async Task<JobsUnderTest> CreateAsync() => await DatabaseJobs.EmptyAsync(Database);

    [Fact]
    public async Task Clear_Replay_AndPurge_TakeMoreThanOneSlice_AndLeaveWhatComesLater()
    {
        var database = (DatabaseJobs)Jobs;
        await ManyJobs.AddAsync(database, Many);
        await database.RunAsync("update jobs set created_at = now() + interval '1 hour' where id = 'many_000001'");
        Assert.Equal(Many - 1, await Jobs.Queues.ClearAsync(JobKind.Chat, default));
        Assert.Equal(JobStatus.Queued, (await Jobs.Store.FindAsync("many_000001", null, default))!.Status);

        await database.RunAsync("update jobs set status = 'failed', completed_at = now(), dead_lettered_at = now()");
        Assert.Equal(Many, (await Jobs.Queues.ReplayAsync(null, null, default)).Distinct().Count());
        await database.RunAsync("update jobs set status = 'failed', completed_at = now(), dead_lettered_at = now()");
        Assert.Equal(Many, await Jobs.Queues.PurgeAsync(null, null, default));
        Assert.Equal(["0"], await (await Database).ColumnAsync("select count(*) from jobs"));
    }

    [Fact]
    public async Task Purge_OfBatches_TakesTheirLinesAlong()
    {
        var database = (DatabaseJobs)Jobs;
        await database.RunAsync(LineStatements.BoundSql);
        for (var n = 0; n < 12; n++)
        {
            var batch = await Jobs.AddAsync(JobRows.New(kind: JobKind.Batch));
            await Jobs.EndAsync(batch.Id, JobStatus.Failed, TimeSpan.FromSeconds(1), dead: true);
            await database.RunAsync(
                "insert into job_items (job_id, line, custom_id, status, request, attempt) select $1, n, n::text, 'queued', '', 0 from generate_series(1, $2) n",
                batch.Id, n == 5 ? 2_500 : 10);
        }

        Assert.Equal(12, await Jobs.Queues.PurgeAsync(JobKind.Batch, null, default));
        Assert.Equal(["0"], await (await Database).ColumnAsync("select count(*) from job_items"));
    }
}
