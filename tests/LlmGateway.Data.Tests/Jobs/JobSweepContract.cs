using LlmGateway.Data.Jobs;

namespace LlmGateway.Data.Tests.Jobs;

/// <summary>What becomes of jobs that no worker looks after any more, wherever they are kept.</summary>
public abstract class JobSweepContract : JobStoreContract
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    [Fact]
    public async Task LostJob_WaitsAccordingToItsFailures_AndIsADeadLetterInTheEnd()
    {
        await Stage.PutAsync(Stage.Job("job_1", maxAttempts: 2, webhook: true));
        await LeaseAsync();
        Assert.Empty(await TakeBackAsync());
        await Stage.ElapseAsync(Lease * 2);

        var job = Assert.Single(await TakeBackAsync());
        Assert.Equal((JobStatus.Queued, 1, null, null), (job.Status, job.Failures, job.LeaseOwner, job.CompletedAt));
        Assert.Contains("worker_lost", job.Error, StringComparison.Ordinal);
        Assert.Empty(job.Request);
        Assert.Null(await ClaimAsync());
        await Stage.ElapseAsync(TimeSpan.FromSeconds(10));

        Assert.Equal(2, (await LeaseAsync()).Attempt);
        await Stage.ElapseAsync(Lease * 2);
        job = Assert.Single(await TakeBackAsync());
        Assert.Equal((JobStatus.Failed, 2), (job.Status, job.Failures));
        Assert.Contains("worker_lost", job.Error, StringComparison.Ordinal);
        Assert.NotNull(job.DeadLetteredAt);
        Assert.Equal((job.CompletedAt, job.CompletedAt), (job.DeadLetteredAt, job.WebhookRunAfter));
        Assert.Empty(await TakeBackAsync());
    }

    [Fact]
    public async Task LostJob_ThatWasToBeCancelled_IsCancelled()
    {
        await Stage.PutAsync(Stage.Job("job_1", webhook: true));
        await LeaseAsync();
        await Stage.ChangeAsync("job_1", job => job.CancelRequestedAt = Stage.Now);
        await Stage.ElapseAsync(Lease * 2);
        var job = Assert.Single(await TakeBackAsync());
        Assert.Equal((JobStatus.Cancelled, null), (job.Status, job.DeadLetteredAt));
        Assert.Contains("job_cancelled", job.Error, StringComparison.Ordinal);
        Assert.NotNull(job.WebhookRunAfter);
    }

    [Fact]
    public async Task LostBatch_FailsOnlyWhereItsWorkerDidNotGetOn()
    {
        await Stage.PutAsync(Stage.Job("batch_1", JobKind.Batch, maxAttempts: 2));
        for (var answered = 10; answered <= 50; answered += 10)
        {
            await LeaseAsync(JobKind.Batch);
            await Stage.ChangeAsync("batch_1", job => (job.ItemsCompleted, job.ItemsFailed) = (answered - 3, 3));
            Assert.Equal((JobStatus.Queued, 0), await LoseAsync());
        }

        await LeaseAsync(JobKind.Batch);
        Assert.Equal((JobStatus.Queued, 1), await LoseAsync());
        await LeaseAsync(JobKind.Batch);
        Assert.Equal((JobStatus.Failed, 2), await LoseAsync());

        async Task<(JobStatus, int)> LoseAsync()
        {
            await Stage.ElapseAsync(Lease * 2);
            var job = Assert.Single(await TakeBackAsync());
            await Stage.ElapseAsync(TimeSpan.FromMinutes(1));
            return (job.Status, job.Failures);
        }
    }

    [Fact]
    public async Task BatchWithAnswers_IsCancelledByAWorker_WithoutAnswersAtOnce()
    {
        await Stage.PutAsync(Stage.Job("batch_1", JobKind.Batch), Stage.Job("batch_2", JobKind.Batch), Stage.Job("batch_3", JobKind.Batch));
        await LeaseAsync(JobKind.Batch);
        await LeaseAsync(JobKind.Batch);
        var third = await LeaseAsync(JobKind.Batch);
        foreach (var id in new[] { "batch_1", "batch_2", "batch_3" })
        {
            await Stage.ChangeAsync(id, job => job.CancelRequestedAt = Stage.Now);
        }

        await Stage.ChangeAsync("batch_1", job => job.ItemsCompleted = 1);
        await Stage.ChangeAsync("batch_3", job => job.ItemsFailed = 1);
        Assert.True(await Leases.HandBackAsync(third, TimeSpan.Zero, null, default));
        await Stage.ElapseAsync(Lease * 2);
        Assert.Equal(
            [("batch_1", JobStatus.Queued), ("batch_2", JobStatus.Cancelled)],
            (await TakeBackAsync()).Select(job => (job.Id, job.Status)).Order());
        Assert.Equal(JobStatus.Queued, (await Stage.GetAsync("batch_3")).Status);
        var claimed = await ClaimAsync(kind: JobKind.Batch);
        Assert.NotNull(claimed?.CancelRequestedAt);
    }

    [Fact]
    public async Task SweepersAtOnce_TakeEachJobBackOnce()
    {
        await Stage.PutAsync([.. Enumerable.Range(0, 60).Select(i => Stage.Job($"job_{i:00}"))]);
        while (await ClaimAsync() is not null)
        {
        }

        await Stage.ElapseAsync(Lease * 2);
        var taken = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Leases.TakeBackAsync(_ => TimeSpan.Zero, 7, default))));
        Assert.All(taken, jobs => Assert.InRange(jobs.Count, 0, 7));
        var rest = await Leases.TakeBackAsync(_ => TimeSpan.Zero, 100, default);
        var all = taken.Append(rest).SelectMany(jobs => jobs).ToList();
        Assert.Equal(60, all.Select(job => job.Id).Distinct().Count());
        Assert.All(all, job => Assert.Equal(1, job.Failures));
        Assert.Equal(60, all.Count);
    }

    [Fact]
    public async Task Expiry_EndsWhatNobodyRuns_ButNoBatch()
    {
        var end = TimeSpan.FromMinutes(1);
        await Stage.PutAsync(
            Stage.Job("job_1", expires: end, webhook: true), Stage.Job("job_2", expires: end), Stage.Job("job_3", expires: end),
            Stage.Job("job_4"), Stage.Job("batch_1", JobKind.Batch, expires: end), Stage.Job("embeddings_1", JobKind.Embeddings, expires: end));
        Assert.Equal("job_1", (await LeaseAsync()).JobId);
        Assert.Equal("job_2", (await LeaseAsync()).JobId);
        Assert.Equal(0, await Leases.ExpireAsync(10, default));
        await Stage.ElapseAsync(end * 2);
        await Leases.RenewAsync(Worker, Lease, [new("job_2", 1, 0)], default);

        // What has expired is not begun any more; a batch has to be written out by a worker.
        Assert.Null(await ClaimAsync(kind: JobKind.Embeddings));
        Assert.Equal(0, await Leases.CountDueAsync(JobKind.Embeddings, 10, default));
        Assert.Equal(1, await Leases.CountDueAsync(JobKind.Batch, 10, default));
        Assert.Equal("job_4", (await LeaseAsync()).JobId);

        Assert.Equal(1, await Leases.ExpireAsync(1, default));
        Assert.Equal(2, await Leases.ExpireAsync(10, default));
        foreach (var id in new[] { "job_1", "job_3", "embeddings_1" })
        {
            var job = await Stage.GetAsync(id);
            Assert.Equal((JobStatus.Expired, null), (job.Status, job.LeaseOwner));
            Assert.Contains("job_expired", job.Error, StringComparison.Ordinal);
            Assert.NotNull(job.CompletedAt);
        }

        Assert.NotNull((await Stage.GetAsync("job_1")).WebhookRunAfter);
        Assert.Equal(JobStatus.Running, (await Stage.GetAsync("job_2")).Status);
        Assert.Equal("batch_1", (await LeaseAsync(JobKind.Batch)).JobId);
    }

    [Fact]
    public async Task DueJobs_AreCountedUpToTheLimit()
    {
        await Stage.PutAsync([.. Enumerable.Range(0, 5).Select(i => Stage.Job($"job_{i}"))]);
        Assert.Equal(3, await Leases.CountDueAsync(JobKind.Chat, 3, default));
        Assert.Equal(5, await Leases.CountDueAsync(JobKind.Chat, 100, default));
        Assert.Equal(0, await Leases.CountDueAsync(JobKind.Embeddings, 100, default));
    }

    [Fact]
    public async Task EndedJobs_GoAfterTheirTime_DeadLettersLater_WithDueWebhooksNever()
    {
        await EndedAsync(Stage.Job("job_1"));
        await EndedAsync(Stage.Job("job_2", webhook: true));
        await Stage.PutAsync(Stage.Job("job_3", maxAttempts: 1), Stage.Job("job_4", kind: JobKind.Embeddings));
        Assert.Equal(RetryResult.DeadLettered, await Leases.RetryAsync(await LeaseAsync(), TimeSpan.Zero, Failed("a"), default));
        Assert.Equal(0, await DeleteAsync());
        await Stage.ElapseAsync(Day + Day);
        await EndedAsync(Stage.Job("job_5"));

        Assert.Equal(1, await DeleteAsync());
        Assert.Equal(["job_2", "job_3", "job_4", "job_5"], await LeftAsync());
        await Stage.Outbox.DeliveredAsync("job_2", (await Stage.GetAsync("job_2")).CompletedAt!.Value, default);
        Assert.Equal(1, await DeleteAsync());
        await Stage.ElapseAsync(14 * Day);
        Assert.Equal(2, await DeleteAsync());
        Assert.Equal(["job_4"], await LeftAsync());
    }

    [Fact]
    public async Task OnlySoManyCompletedJobs_AreKeptOfEachQueue()
    {
        for (var i = 1; i <= 3; i++)
        {
            await EndedAsync(Stage.Job($"job_{i}"));
            await EndedAsync(Stage.Job($"embeddings_{i}", JobKind.Embeddings));
            await Stage.ElapseAsync(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(0, await DeleteAsync(keep: 3));
        Assert.Equal(1, await DeleteAsync(keep: 1, limit: 1));
        Assert.Equal(3, await DeleteAsync(keep: 1));
        Assert.Equal(["embeddings_3", "job_3"], await LeftAsync());
        Assert.Equal(2, await DeleteAsync(keep: 0));
    }

    [Fact]
    public async Task Deletion_TakesNoMoreThanItIsTold()
    {
        for (var i = 1; i <= 5; i++)
        {
            await EndedAsync(Stage.Job($"job_{i}"));
        }

        await Stage.ElapseAsync(2 * Day);
        Assert.Equal(2, await DeleteAsync(limit: 2));
        Assert.Equal(3, await DeleteAsync(limit: 100));
        Assert.Equal(0, await DeleteAsync());
    }

    private Task<IReadOnlyList<Job>> TakeBackAsync() => Leases.TakeBackAsync(failures => TimeSpan.FromSeconds(10 * failures), 100, default);

    private Task<int> DeleteAsync(int? keep = null, int limit = 100) => Leases.DeleteEndedAsync(Day, 14 * Day, keep, limit, default);

    private async Task<List<string>> LeftAsync()
    {
        var left = new List<string>();
        foreach (var id in new[] { "embeddings_1", "embeddings_2", "embeddings_3", "job_1", "job_2", "job_3", "job_4", "job_5" })
        {
            if (await Stage.FindAsync(id) is not null)
            {
                left.Add(id);
            }
        }

        return left;
    }
}
