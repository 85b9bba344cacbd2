using LlmGateway.Data.Jobs;
using LlmGateway.Data.Tests.Support;
using LlmGateway.Data.Usage;
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

    /// <summary>The answer is there and was paid for: a usage row that no column can hold is set aside, and the job ends.</summary>
    [Theory]
    [InlineData(JobStatus.Completed, null)]
    [InlineData(JobStatus.Failed, "{\"error\":{}}")]
    [InlineData(JobStatus.Failed, "{\"error\":")]
    public async Task AUsageRowThatCannotBeStored_DoesNotKeepAJobFromEnding(JobStatus status, string? error)
    {
        await using var stage = await PostgresJobStage.CreateAsync(await TestDatabase.MigratedAsync());
        await stage.PutAsync(stage.Job("job_1"));
        var job = await stage.Leases.ClaimAsync(JobKind.Chat, "worker-1", TimeSpan.FromMinutes(1), default);
        var lease = new JobLease("job_1", "worker-1", job!.Attempt);
        var charge = new UsageRecord
        {
            RequestId = "job_1", CreatedAt = stage.Now, Operation = "chat", RequestedModel = "m", Status = 200, Cost = 92_233_720_368_547m, JobId = "job_1",
        };
        var end = new JobEnd(status) { Result = status == JobStatus.Completed ? "{}"u8.ToArray() : null, Error = error, Usage = charge };
        Assert.True(await stage.Leases.EndAsync(lease, end, default));
        var ended = await stage.GetAsync("job_1");
        Assert.Equal((status, error is null), (ended.Status, ended.Error is null));
        Assert.Equal(["job_1"], stage.Refused.Rows.Select(row => row.RequestId));
        Assert.Equal(["0"], await stage.ColumnAsync("select count(*) from usage"));
    }

    [Fact]
    public async Task WhatABatchWasAcceptedUnder_AndItsModels_ComeWithTheClaim()
    {
        await using var stage = await PostgresJobStage.CreateAsync(await TestDatabase.MigratedAsync());
        var batch = stage.Job("batch_1", JobKind.Batch);
        (batch.AcceptedUnder, batch.AllowedModels) = ("{}", ["a", "b/c"]);
        await stage.PutAsync(batch, stage.Job("job_1"));
        var claimed = await stage.Leases.ClaimAsync(JobKind.Batch, "worker-1", TimeSpan.FromMinutes(1), default);
        Assert.Equal("{}", claimed!.AcceptedUnder);
        Assert.Equal(["a", "b/c"], claimed.AllowedModels!);
        Assert.Null((await stage.Leases.ClaimAsync(JobKind.Chat, "worker-1", TimeSpan.FromMinutes(1), default))!.AllowedModels);
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
