using LlmGateway.Data.Jobs;
using LlmGateway.Data.Tests.Support;
using Npgsql;

namespace LlmGateway.Data.Tests.Jobs;

/// <summary>What only a real server shows: plans with many rows, and rows that hang on a job.</summary>
public sealed class LeaseTableTests
{
    private const string Rush = """
        insert into jobs (id, kind, status, model, priority, queue_at, request, progress, attempt, failures, max_attempts, run_after, webhook_attempts,
            items_total, items_completed, items_failed, created_at)
        select 'job_' || i, 'chat', 'queued', 'm', 'normal', now() - interval '1 hour' + i * interval '1 millisecond', '{}', 0, 0, 0, 3, now() - interval '1 hour', 0,
            0, 0, 0, now() - interval '1 hour'
        from generate_series(1, 100000) as i
        """;

    [Fact]
    public async Task Claim_TakesTheQueueInItsOrder_HoweverOldTheStatisticsAre()
    {
        await using var stage = await PostgresJobStage.CreateAsync(await TestDatabase.MigratedAsync());
        await stage.ExecuteAsync("alter table jobs set (autovacuum_enabled = off)");
        await stage.PutAsync([.. Enumerable.Range(0, 100).Select(i => stage.Job($"old_{i}"))]);
        await stage.ExecuteAsync("update jobs set status = 'completed', completed_at = now(); analyze jobs");
        await stage.ExecuteAsync(Rush);
        await AssertPlanAsync(stage);
        await stage.ExecuteAsync("analyze jobs");
        await AssertPlanAsync(stage);
        Assert.Equal("job_1", (await stage.Leases.ClaimAsync(JobKind.Chat, "worker-1", TimeSpan.FromMinutes(1), default))?.Id);
        Assert.Equal(1000, await stage.Leases.CountDueAsync(JobKind.Chat, 1000, default));
    }

    [Fact]
    public async Task DeletedBatches_TakeTheirLinesAlong_HoweverMany()
    {
        await using var stage = await PostgresJobStage.CreateAsync(await TestDatabase.MigratedAsync());
        await stage.PutAsync([.. Enumerable.Range(1, 12).Select(i => stage.Job($"batch_{i}", JobKind.Batch)), stage.Job("job_1")]);
        await stage.ExecuteAsync(LineStatements.BoundSql);
        // Lines of a file with a mistake: they have been taken in, but nobody has counted them.
        await stage.ExecuteAsync(
            """
            insert into job_items (job_id, line, custom_id, status, request, attempt) select 'batch_1', i, i::text, 'queued', '{}', 0 from generate_series(1, 2500) as i;
            insert into job_items (job_id, line, custom_id, status, request, attempt) select 'batch_2', i, i::text, 'queued', '{}', 0 from generate_series(1, 10) as i;
            update jobs set status = 'failed', completed_at = now() - interval '2 days', items_total = 0;
            update jobs set dead_lettered_at = completed_at where id = 'batch_2'
            """);
        Assert.Equal(13, await stage.Leases.DeleteEndedAsync(TimeSpan.FromDays(1), TimeSpan.FromDays(1), null, 100, default));
        Assert.Equal(["0"], await stage.ColumnAsync("select count(*) from jobs"));
        Assert.Equal(["0"], await stage.ColumnAsync("select count(*) from job_items"));
    }

    private static async Task AssertPlanAsync(PostgresJobStage stage)
    {
        await using var source = NpgsqlDataSource.Create(stage.ConnectionString);
        await using var connection = await source.OpenConnectionAsync();
        await using var command = StoreCalls.Command(connection, "explain " + LeaseTable.ClaimSql, "chat", "chat", "worker-1", TimeSpan.FromMinutes(1));
        await using var row = await command.ExecuteReaderAsync();
        var plan = "";
        while (await row.ReadAsync())
        {
            plan += row.GetString(0) + "\n";
        }

        Assert.Contains("ix_jobs_queue", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Sort", plan, StringComparison.Ordinal);
    }
}
