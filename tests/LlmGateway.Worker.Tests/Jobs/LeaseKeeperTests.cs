using LlmGateway.Data.Jobs;
using LlmGateway.TestSupport;
using LlmGateway.Worker.Jobs;
using Microsoft.Extensions.Options;

namespace LlmGateway.Worker.Tests.Jobs;

/// <summary>Leases under a clock that a test moves.</summary>
public sealed class LeaseKeeperTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private readonly ManualTimeProvider _time = new();
    private readonly InMemoryJobs _jobs;
    private readonly WatchedLeases _leases;
    private readonly LeaseKeeper _keeper;
    private readonly JobProcessingOptions _options = new() { Lease = Lease };

    public LeaseKeeperTests()
    {
        _jobs = new InMemoryJobs(_time);
        _leases = new WatchedLeases(new InMemoryJobLeases(_jobs));
        _keeper = new LeaseKeeper(_leases, Options.Create(_options), _time, Logs.None<LeaseKeeper>());
    }

    [Fact]
    public async Task ALongJob_KeepsItsLease_AndItsProgressIsNoted()
    {
        var (row, job) = await ClaimAsync();
        for (var i = 0; i < 200; i++)
        {
            job.Progress = i / 200d;
            await BeatAsync(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(StopReason.None, job.Reason);
        Assert.True(row.LeaseUntil > _time.GetUtcNow() + Lease / 2);
        Assert.True(row.Progress > 0.9);
        // At a third of the lease, not with every look.
        Assert.InRange(_leases.Renewals, 15, 20);
    }

    [Fact]
    public async Task Cancel_IsSeenAtTheNextBeat()
    {
        var (row, job) = await ClaimAsync();
        await BeatAsync(TimeSpan.FromSeconds(0.4));
        Assert.Equal(StopReason.None, job.Reason);
        row.CancelRequestedAt = _time.GetUtcNow();
        await BeatAsync(TimeSpan.FromSeconds(0.4));
        Assert.Equal(StopReason.Cancelled, job.Reason);
        await Eventually.IsTrueAsync(() => job.Stop.IsCancellationRequested, "the token fires");
    }

    [Fact]
    public async Task AStoreThatIsAway_CostsNoJob_UntilTwoLeasesHavePassed()
    {
        var (_, job) = await ClaimAsync();
        _leases.Away = true;
        await BeatAsync(Lease * 1.9);
        Assert.Equal(StopReason.None, job.Reason);
        _leases.Away = false;
        await BeatAsync(TimeSpan.Zero);
        _leases.Away = true;
        await BeatAsync(Lease * 1.9);
        Assert.Equal(StopReason.None, job.Reason);
        await BeatAsync(Lease * 0.2);
        Assert.Equal(StopReason.LeaseLost, job.Reason);
    }

    [Fact]
    public async Task AJobThatIsSomebodyElsesByNow_IsLost()
    {
        var (row, job) = await ClaimAsync();
        row.Attempt++;
        await BeatAsync(Lease / 3);
        Assert.Equal(StopReason.LeaseLost, job.Reason);
    }

    [Fact]
    public async Task ALateAttempt_IsStoppedForThat_AsLongAsItsLeaseHolds()
    {
        var (_, job) = await ClaimAsync();
        var (_, batch) = await ClaimAsync(JobKind.Batch);
        for (var passed = TimeSpan.Zero; passed <= _options.Timeout; passed += Lease / 2)
        {
            Assert.Equal(StopReason.None, job.Reason);
            await BeatAsync(Lease / 2);
        }

        Assert.Equal((StopReason.TimedOut, StopReason.None), (job.Reason, batch.Reason));
    }

    [Fact]
    public async Task AFrozenStore_KeepsNoJobRunningBeyondItsTime()
    {
        using var keeper = new LeaseKeeper(new WatchedLeases(null!) { Frozen = true }, Options.Create(_options), _time, Logs.None<LeaseKeeper>());
        var (_, job) = await ClaimAsync();
        keeper.Add(job);
        await keeper.StartAsync(default);
        // Both looks wait for their next beat, one of them then for the store.
        await Eventually.IsTrueAsync(() => _time.PendingTimers >= 2, "the keeper waits");
        await Eventually.IsTrueAsync(
            () =>
            {
                _time.Advance(_options.Timeout / 10);
                return job.Reason != StopReason.None;
            },
            "it is stopped");
        await keeper.StopAsync(TestTimeouts.Token());
    }

    [Fact]
    public async Task WhateverTheStoreFailsWith_TheKeeperGoesOn()
    {
        var (_, job) = await ClaimAsync();
        _leases.Defect = new InvalidOperationException("no such table");
        await BeatAsync(Lease / 3);
        _leases.Defect = null;
        await BeatAsync(TimeSpan.Zero);
        Assert.Equal((StopReason.None, 1), (job.Reason, _leases.Renewals));
    }

    [Fact]
    public async Task ALaterAttemptInThisProcess_StopsTheEarlierOne()
    {
        var (row, first) = await ClaimAsync();
        row.Status = JobStatus.Queued;
        var (_, second) = await ClaimAsync(row: row);
        Assert.Equal((StopReason.LeaseLost, StopReason.None), (first.Reason, second.Reason));
        _keeper.Remove(first);
        Assert.Same(second, Assert.Single(_keeper.Running));
        _keeper.Remove(second);
        Assert.Equal(0, _keeper.Count);
    }

    [Fact]
    public async Task AClaimThatFails_IsNoReasonToStop()
    {
        var claims = new JobClaims(
            _leases, _keeper, Options.Create(_options), Options.Create(new ServiceDefaults.Hosting.WorkerOptions { Id = "w" }), Logs.None<JobClaims>());
        _leases.Defect = new InvalidOperationException("no such table");
        Assert.Null(await claims.ClaimAsync(JobKind.Chat));
        (_leases.Defect, _leases.Away) = (null, true);
        Assert.Null(await claims.ClaimAsync(JobKind.Chat));
    }

    private async Task BeatAsync(TimeSpan later)
    {
        _time.Advance(later);
        _keeper.StopLate();
        await _keeper.BeatAsync(default);
    }

    private async Task<(Job Row, RunningJob Job)> ClaimAsync(JobKind kind = JobKind.Chat, Job? row = null)
    {
        var now = _time.GetUtcNow();
        row ??= new Job { Id = Guid.NewGuid().ToString(), Kind = kind, Model = "m", Request = [], QueueAt = now, RunAfter = now, CreatedAt = now };
        _jobs.Jobs[row.Id] = row;
        var claimed = await _leases.ClaimAsync(kind, "w", Lease, default);
        Assert.Equal(row.Id, claimed!.Id);
        var job = new RunningJob(claimed, new JobLease(claimed.Id, "w", claimed.Attempt));
        _keeper.Add(job);
        return (row, job);
    }
}
