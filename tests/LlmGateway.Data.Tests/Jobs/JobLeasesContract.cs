using System.Collections.Concurrent;
using LlmGateway.Data.Jobs;

namespace LlmGateway.Data.Tests.Jobs;

/// <summary>What holds for leases wherever jobs are kept: claims, and what is done under them.</summary>
public abstract class JobLeasesContract : JobStoreContract
{
    [Fact]
    public async Task Claim_HandsOutTheWholeJob_AndStartsIt()
    {
        var put = Stage.Job("job_1", webhook: true, expires: TimeSpan.FromHours(1));
        await Stage.PutAsync(put);

        var job = await ClaimAsync();

        Assert.NotNull(job);
        Assert.Equal((put.Id, put.Kind, JobStatus.Running, 1, 0, Worker), (job.Id, job.Kind, job.Status, job.Attempt, job.Failures, job.LeaseOwner));
        Assert.Equal((put.Owner, put.ApiKeyId, put.Model, put.QueueAt, put.WebhookUrl, put.ExpiresAt), (job.Owner, job.ApiKeyId, job.Model, job.QueueAt, job.WebhookUrl, job.ExpiresAt));
        Assert.Equal(put.Request, job.Request);
        Assert.NotNull(job.StartedAt);
        Assert.Equal(Lease, job.LeaseUntil - job.StartedAt);
        Assert.Equal(job.StartedAt, job.ClaimedAt);
        Assert.Null(await ClaimAsync());
        Assert.Null(await Leases.ClaimAsync(JobKind.Embeddings, Worker, Lease, default));
    }

    [Fact]
    public async Task Claim_FollowsTheQueuesOrder_NotTheOrderOfArrival()
    {
        await Stage.PutAsync(
            Stage.Job("job_1", after: TimeSpan.FromMinutes(2)), Stage.Job("job_2", after: TimeSpan.FromMinutes(1)), Stage.Job("job_4"), Stage.Job("job_3"));
        Assert.Equal(["job_3", "job_4", "job_2", "job_1"], [.. await ClaimAllAsync(1)]);
    }

    [Fact]
    public async Task ParallelClaims_GiveEachJobOnce()
    {
        await Stage.PutAsync([.. Enumerable.Range(0, 200).Select(i => Stage.Job($"job_{i:000}"))]);
        var claimed = await ClaimAllAsync(16);
        Assert.Equal(200, claimed.Count);
        Assert.Equal(200, claimed.Distinct().Count());
    }

    [Fact]
    public async Task PausedQueue_StartsNothing()
    {
        await Stage.PutAsync(Stage.Job("job_1"), Stage.Job("job_2", JobKind.Embeddings));
        await Stage.PauseAsync(JobKind.Chat);
        Assert.Equal(0, await Leases.CountDueAsync(JobKind.Chat, 10, default));
        Assert.Null(await ClaimAsync());
        Assert.Equal("job_2", (await Leases.ClaimAsync(JobKind.Embeddings, Worker, Lease, default))?.Id);
        await Stage.PauseAsync(JobKind.Chat, paused: false);
        Assert.Equal(1, await Leases.CountDueAsync(JobKind.Chat, 10, default));
        Assert.NotNull(await ClaimAsync());
    }

    [Fact]
    public async Task End_WritesTheResult_AndTheChargeOnce()
    {
        await Stage.PutAsync(Stage.Job("job_1", webhook: true));
        var lease = await LeaseAsync();
        Assert.True(await Leases.EndAsync(lease, Completed("a"), default));
        Assert.False(await Leases.EndAsync(lease, Completed("b"), default));

        var job = await Stage.GetAsync("job_1");
        Assert.Equal((JobStatus.Completed, 1.0, null, null, null), (job.Status, job.Progress, job.LeaseOwner, job.LeaseUntil, job.Error));
        Assert.Equal("a"u8.ToArray(), job.Result);
        Assert.Equal("events a"u8.ToArray(), job.Events);
        Assert.NotNull(job.CompletedAt);
        Assert.Equal(job.CompletedAt, job.WebhookRunAfter);
        await Stage.AssertChargedOnceAsync("job_1", "a");
    }

    [Fact]
    public async Task AttemptThatLostItsLease_CanDoNothingAnyMore()
    {
        await Stage.PutAsync(Stage.Job("job_1"));
        var old = await LeaseAsync();
        await Stage.ElapseAsync(Lease * 2);
        Assert.Equal("job_1", Assert.Single(await Leases.TakeBackAsync(_ => TimeSpan.Zero, 10, default)).Id);
        await AssertLostAsync(old);

        // Claimed again, by the same worker.
        var lease = await LeaseAsync();
        Assert.Equal(2, lease.Attempt);
        await AssertLostAsync(old);
        await AssertLostAsync(lease with { Worker = "worker-2" });
        Assert.True(await Leases.EndAsync(lease, Completed("new"), default));
        Assert.Equal("new"u8.ToArray(), (await Stage.GetAsync("job_1")).Result);
        await Stage.AssertChargedOnceAsync("job_1", "new");
    }

    [Fact]
    public async Task LeaseThatRanOutUnnoticed_MayStillEndTheJob_AndBeRenewed()
    {
        await Stage.PutAsync(Stage.Job("job_1"));
        var lease = await LeaseAsync();
        await Stage.ElapseAsync(Lease * 2);
        Assert.Equal(["job_1"], await Leases.RenewAsync(Worker, Lease, [new("job_1", 1, 0.5)], default));
        Assert.Empty(await Leases.TakeBackAsync(_ => TimeSpan.Zero, 10, default));
        Assert.Equal(0.5, (await Stage.GetAsync("job_1")).Progress);
        await Stage.ElapseAsync(Lease * 2);
        Assert.True(await Leases.EndAsync(lease, Completed("late"), default));
    }

    [Fact]
    public async Task Renewal_ProlongsOwnLeases_AndNotesProgress()
    {
        await Stage.PutAsync(Stage.Job("job_1"), Stage.Job("job_2"));
        await LeaseAsync();
        await ClaimAsync("worker-2");
        await Stage.ElapseAsync(Lease * 0.9);
        Assert.Equal(["job_1"], await Leases.RenewAsync(Worker, Lease, [new("job_1", 1, 0.25), new("job_2", 1, 0.25), new("job_3", 1, 0.25)], default));
        await Stage.ElapseAsync(Lease * 0.9);
        Assert.Equal("job_2", Assert.Single(await Leases.TakeBackAsync(_ => TimeSpan.Zero, 10, default)).Id);
        Assert.Equal(0.25, (await Stage.GetAsync("job_1")).Progress);
        Assert.Empty(await Leases.RenewAsync(Worker, Lease, [], default));
    }

    [Fact]
    public async Task CancelRequests_AreToldOfRunningJobs()
    {
        await Stage.PutAsync(Stage.Job("job_1"), Stage.Job("job_2"), Stage.Job("job_3", after: TimeSpan.FromSeconds(1)));
        await LeaseAsync();
        await LeaseAsync();
        await Stage.ChangeAsync("job_1", job => job.CancelRequestedAt = Stage.Now);
        await Stage.ChangeAsync("job_3", job => job.CancelRequestedAt = Stage.Now);
        Assert.Equal(["job_1"], await Leases.CancelRequestedAsync(["job_1", "job_2", "job_3", "job_4"], default));
        Assert.Empty(await Leases.CancelRequestedAsync([], default));
    }

    [Fact]
    public async Task Retry_WaitsForItsTime_AndTellsWhy()
    {
        await Stage.PutAsync(Stage.Job("job_1", webhook: true));
        Assert.Equal(RetryResult.Waiting, await Leases.RetryAsync(await LeaseAsync(), TimeSpan.FromMinutes(1), Failed("a"), default));
        var job = await Stage.GetAsync("job_1");
        Assert.Equal((JobStatus.Queued, 1, 1, Reason), (job.Status, job.Attempt, job.Failures, job.Error));
        Assert.Equal((null, null, null, null), (job.LeaseOwner, job.CompletedAt, job.WebhookRunAfter, job.Usage));
        Assert.Null(await ClaimAsync());
        Assert.Equal(0, await Leases.CountDueAsync(JobKind.Chat, 10, default));

        await Stage.ElapseAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(1, await Leases.CountDueAsync(JobKind.Chat, 10, default));
        Assert.Equal(2, (await LeaseAsync()).Attempt);
    }

    [Fact]
    public async Task LastAttempt_MakesADeadLetter_WithItsReasonAndItsCharge()
    {
        await Stage.PutAsync(Stage.Job("job_1", maxAttempts: 2, webhook: true));
        Assert.Equal(RetryResult.Waiting, await Leases.RetryAsync(await LeaseAsync(), TimeSpan.Zero, Failed("a"), default));
        Assert.Equal(RetryResult.DeadLettered, await Leases.RetryAsync(await LeaseAsync(), TimeSpan.Zero, Failed("b"), default));
        var job = await Stage.GetAsync("job_1");
        Assert.Equal((JobStatus.Failed, 2, Reason), (job.Status, job.Failures, job.Error));
        Assert.Equal("events b"u8.ToArray(), job.Events);
        Assert.NotNull(job.DeadLetteredAt);
        Assert.Equal((job.CompletedAt, job.CompletedAt), (job.DeadLetteredAt, job.WebhookRunAfter));
        await Stage.AssertChargedOnceAsync("job_1", "b");
        Assert.Null(await ClaimAsync());
    }

    [Fact]
    public async Task HandedBackJob_IsDueAtOnce_AndHasNotFailed()
    {
        await Stage.PutAsync(Stage.Job("job_1", maxAttempts: 1));
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            var lease = await LeaseAsync();
            Assert.Equal(attempt, lease.Attempt);
            Assert.True(await Leases.HandBackAsync(lease, TimeSpan.Zero, null, default));
            Assert.False(await Leases.HandBackAsync(lease, TimeSpan.Zero, null, default));
        }

        var job = await Stage.GetAsync("job_1");
        Assert.Equal((JobStatus.Queued, 0, null), (job.Status, job.Failures, job.DeadLetteredAt));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(1)]
    public async Task Cancellation_WinsOverAnotherAttempt(int maxAttempts)
    {
        await Stage.PutAsync(Stage.Job("job_1", maxAttempts: maxAttempts, webhook: true), Stage.Job("job_2", maxAttempts: maxAttempts, webhook: true));
        var (first, second) = (await LeaseAsync(), await LeaseAsync());
        await Stage.ChangeAsync("job_1", job => job.CancelRequestedAt = Stage.Now);
        await Stage.ChangeAsync("job_2", job => job.CancelRequestedAt = Stage.Now);
        Assert.Equal(RetryResult.Cancelled, await Leases.RetryAsync(first, TimeSpan.Zero, Failed("a"), default));
        Assert.True(await Leases.HandBackAsync(second, TimeSpan.Zero, null, default));
        foreach (var id in new[] { "job_1", "job_2" })
        {
            var job = await Stage.GetAsync(id);
            Assert.Equal((JobStatus.Cancelled, null), (job.Status, job.DeadLetteredAt));
            Assert.Contains("job_cancelled", job.Error, StringComparison.Ordinal);
            Assert.NotNull(job.CompletedAt);
            Assert.NotNull(job.WebhookRunAfter);
        }

        await Stage.AssertChargedOnceAsync("job_1", "a");
    }

    [Theory]
    [InlineData("""{"error": {"message": "a\u0000b"}}""")]
    [InlineData("""{"error": {"message": "\ud800"}}""")]
    [InlineData("""{"error": {"message": "x", "code": 1e1000000}}""")]
    [InlineData("<html>")]
    public async Task ReasonThatCannotBeStored_EndsTheJobAllTheSame(string reason)
    {
        await Stage.PutAsync(Stage.Job("job_1"), Stage.Job("job_2"));
        Assert.True(await Leases.EndAsync(await LeaseAsync(), Failed("a") with { Error = reason }, default));
        Assert.Equal(RetryResult.Waiting, await Leases.RetryAsync(await LeaseAsync(), TimeSpan.Zero, Failed("b") with { Error = reason }, default));
        var job = await Stage.GetAsync("job_1");
        Assert.Equal(JobStatus.Failed, job.Status);
        Assert.NotNull(job.Error);
        await Stage.AssertChargedOnceAsync("job_1", "a");
    }

    private async Task<IReadOnlyCollection<string>> ClaimAllAsync(int claimers)
    {
        var claimed = new ConcurrentQueue<string>();
        await Task.WhenAll(Enumerable.Range(0, claimers).Select(claimer => Task.Run(async () =>
        {
            while (await ClaimAsync($"worker-{claimer}") is { } job)
            {
                claimed.Enqueue(job.Id);
            }
        })));
        return claimed;
    }

    private async Task AssertLostAsync(JobLease lease)
    {
        var before = await Stage.GetAsync(lease.JobId);
        Assert.Empty(await Leases.RenewAsync(lease.Worker, Lease, [new(lease.JobId, lease.Attempt, 0.9)], default));
        Assert.False(await Leases.EndAsync(lease, Completed("lost"), default));
        Assert.Equal(RetryResult.Lost, await Leases.RetryAsync(lease, TimeSpan.Zero, Failed("lost"), default));
        Assert.False(await Leases.HandBackAsync(lease, TimeSpan.Zero, null, default));
        var after = await Stage.GetAsync(lease.JobId);
        Assert.Equal(
            (before.Status, before.Attempt, before.Failures, before.LeaseOwner, before.LeaseUntil, before.Progress, before.Error, before.RunAfter),
            (after.Status, after.Attempt, after.Failures, after.LeaseOwner, after.LeaseUntil, after.Progress, after.Error, after.RunAfter));
    }
}
