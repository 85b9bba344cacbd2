using System.Collections.Concurrent;
using LlmGateway.Data.Jobs;
using LlmGateway.Data.Tests.Support;

namespace LlmGateway.Data.Tests.Jobs;

/// <summary>What holds for leases wherever jobs are kept: claims, and what is done under them.</summary>
public abstract class JobLeasesContract : IAsyncLifetime
{
    private const string Worker = "worker-1";
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private JobStage? _stage;

    private JobStage Stage => _stage!;

    private IJobLeases Leases => Stage.Leases;

    public async Task InitializeAsync() => _stage = await StageAsync();

    public async Task DisposeAsync() => await Stage.DisposeAsync();

    protected abstract Task<JobStage> StageAsync();

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

    private static JobEnd Completed(string what, string job = "job_1") => new(JobStatus.Completed)
    {
        Result = System.Text.Encoding.UTF8.GetBytes(what),
        Events = System.Text.Encoding.UTF8.GetBytes("events " + what),
        Usage = Rows.Usage(what, id: LlmGateway.Data.Usage.UsageRecorder.IdOf(job)),
        UsageJson = $$"""{"of":"{{what}}"}""",
    };

    private Task<Job?> ClaimAsync(string worker = Worker) => Leases.ClaimAsync(JobKind.Chat, worker, Lease, default);

    private async Task<JobLease> LeaseAsync(JobKind kind = JobKind.Chat)
    {
        var job = await Leases.ClaimAsync(kind, Worker, Lease, default);
        Assert.NotNull(job);
        return new JobLease(job.Id, Worker, job.Attempt);
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
        Assert.Equal(RetryResult.Lost, await Leases.RetryAsync(lease, TimeSpan.Zero, new(JobStatus.Failed) { Error = """{"error":{}}""" }, default));
        Assert.False(await Leases.HandBackAsync(lease, default));
        var after = await Stage.GetAsync(lease.JobId);
        Assert.Equal(
            (before.Status, before.Attempt, before.Failures, before.LeaseOwner, before.LeaseUntil, before.Progress, before.Error, before.RunAfter),
            (after.Status, after.Attempt, after.Failures, after.LeaseOwner, after.LeaseUntil, after.Progress, after.Error, after.RunAfter));
    }
}
