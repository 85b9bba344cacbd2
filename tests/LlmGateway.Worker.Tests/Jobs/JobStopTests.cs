using LlmGateway.Data.Jobs;
using LlmGateway.Simulator.Wire;
using LlmGateway.TestSupport;
using LlmGateway.Worker.Jobs;

namespace LlmGateway.Worker.Tests.Jobs;

/// <summary>Jobs that end before they are done.</summary>
public sealed class JobStopTests
{
    private static readonly string Endless = JobStage.Chat("!words 100000", "sim-slow");

    [Fact]
    public async Task Cancel_AbortsTheCall_AndChargesOnce()
    {
        await using var stage = await (await JobStage.StartAsync()).RunAsync();
        var job = stage.Add(Endless);
        await Eventually.IsTrueAsync(() => stage.Log.Events.Length > 1, "the answer has begun");
        await stage.Get<IJobStore>().CancelAsync(job.Id, "key", default);
        await stage.UntilAsync(job, JobStatus.Cancelled);
        await Eventually.IsTrueAsync(() => Assert.Single(stage.Simulator.Requests, r => r.Path == JobStage.ChatPath).Outcome == RequestOutcome.ClientAborted, "the call ends");
        Assert.Equal("job_cancelled", JobStage.ErrorCode(job));
        Assert.NotNull(Assert.Single(stage.Leases.Ends).Usage);
        Assert.Equal(1, stage.Asked);
        Assert.NotNull(job.Events);
        Assert.Contains(job.Id, stage.Log.Notified);
    }

    [Fact]
    public void Cancel_IsSeenWithinASecond() => Assert.True(new JobProcessingOptions().HeartbeatInterval <= TimeSpan.FromSeconds(0.5));

    [Fact]
    public async Task ALostLease_StopsTheJob_AndNothingIsWritten()
    {
        await using var stage = await (await JobStage.StartAsync(("Worker:Lease", "00:00:01"), ("Worker:HeartbeatInterval", "00:00:00.05"))).RunAsync();
        var job = stage.Add(Endless);
        await Eventually.IsTrueAsync(() => stage.Log.Events.Length > 1, "the answer has begun");
        stage.Change(() => (job.LeaseOwner, job.Attempt, job.LeaseUntil) = ("w2", 2, TimeProvider.System.GetUtcNow().AddDays(1)));
        await Eventually.IsTrueAsync(() => stage.Keeper.Count == 0, "it has stopped");
        Assert.Equal((JobStatus.Running, "w2", 2, 0), (job.Status, job.LeaseOwner, job.Attempt, job.Failures));
        Assert.Empty(stage.Leases.Ends);
        Assert.Equal(0, stage.Leases.Settlements);
    }

    [Fact]
    public async Task ALogThatALaterAttemptWrites_StopsTheJob()
    {
        await using var stage = await JobStage.StartAsync();
        stage.Log.IsTaken = true;
        var job = stage.Add(Endless);
        Assert.True(await stage.RunNextAsync());
        Assert.Equal(JobStatus.Running, job.Status);
        Assert.Equal(0, stage.Leases.Settlements);
    }

    [Fact]
    public async Task AStoreThatIsAway_IsWaitedFor()
    {
        await using var stage = await JobStage.StartAsync();
        var job = stage.Add(JobStage.Chat("!echo hi"));
        var claimed = await stage.Get<JobClaims>().ClaimAsync(JobKind.Chat);
        stage.Leases.Away = true;
        var run = stage.Get<JobProcessor>().RunAsync(claimed!);
        await Eventually.IsTrueAsync(() => stage.Leases.Settlements >= 2, "it is tried again");
        Assert.False(run.IsCompleted);
        Assert.Equal(1, stage.Keeper.Count);
        stage.Leases.Away = false;
        await run.WaitAsync(TestTimeouts.Default);
        Assert.Equal((JobStatus.Completed, 1), (job.Status, stage.Asked));
        Assert.Single(stage.Leases.Ends);
    }

    [Fact]
    public async Task WhatIsDone_IsNotLate_WhileTheStoreIsWaitedFor()
    {
        await using var stage = await JobStage.StartAsync();
        stage.Simulator.Faults.Set("sim-fast", "status;code=400");
        var job = stage.Add(JobStage.Chat("hi"));
        var claimed = await stage.Get<JobClaims>().ClaimAsync(JobKind.Chat);
        stage.Leases.Away = true;
        var run = stage.Get<JobProcessor>().RunAsync(claimed!);
        await Eventually.IsTrueAsync(() => stage.Leases.Settlements >= 1, "it is being written");
        claimed!.RequestStop(StopReason.TimedOut);
        stage.Leases.Away = false;
        await run.WaitAsync(TestTimeouts.Default);
        Assert.Equal((JobStatus.Failed, 0), (job.Status, job.Failures));
    }

    [Fact]
    public async Task AnEndWhoseAnswerWasLost_IsToldToFollowers()
    {
        await using var stage = await JobStage.StartAsync();
        stage.Leases.LoseAnswers(1);
        var job = await stage.DoAsync(JobStage.Chat("!echo hi"));
        Assert.Equal(JobStatus.Completed, job.Status);
        Assert.Equal(2, stage.Leases.Settlements);
        Assert.Single(stage.Leases.Ends);
        Assert.Contains(job.Id, stage.Log.Notified);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ALogInAnyTrouble_StopsNoJob(bool away)
    {
        await using var stage = await JobStage.StartAsync();
        stage.Log.Fault = away ? new ServiceDefaults.Jobs.JobLogUnavailableException("away") : new InvalidOperationException("trouble");
        var job = await stage.DoAsync(JobStage.Chat("!echo hi"));
        Assert.Equal(JobStatus.Completed, job.Status);
        Assert.Equal(0, stage.Keeper.Count);
    }

    [Fact]
    public async Task Shutdown_LetsShortJobsEnd_AndHandsLongOnesBack()
    {
        await using var stage = await (await JobStage.StartAsync(("Worker:DrainTimeout", "00:00:03"))).RunAsync();
        var endless = stage.Add(Endless);
        var brief = stage.Add(JobStage.Chat("!words 4", "sim-slow"));
        await Eventually.IsTrueAsync(() => stage.Asked == 2, "both run");
        var stop = stage.StopAsync();
        var late = stage.Add(JobStage.Chat("!echo late"));
        await stop.WaitAsync(TestTimeouts.Default);
        Assert.Equal(JobStatus.Completed, brief.Status);
        Assert.Equal((JobStatus.Queued, 0, 1, (string?)null), (endless.Status, endless.Failures, endless.Attempt, endless.LeaseOwner));
        Assert.Equal((JobStatus.Queued, 0), (late.Status, late.Attempt));
        Assert.Empty(stage.Keeper.Running);
    }

    [Fact]
    public async Task Shutdown_HandsBackAJobThatIsJustBeingClaimed()
    {
        await using var stage = await JobStage.StartAsync();
        var gate = new TaskCompletionSource();
        stage.Leases.ClaimGate = gate.Task;
        var job = stage.Add(Endless);
        using var stopping = new CancellationTokenSource();
        var claiming = stage.Slots.RunNextAsync(JobKind.Chat, stopping.Token);
        var drain = new JobDrain(
            stage.Slots, stage.Keeper, Microsoft.Extensions.Options.Options.Create(new JobProcessingOptions()), TimeProvider.System, Logs.None<JobDrain>());
        var stopped = drain.StoppingAsync(default);
        await stopping.CancelAsync();
        Assert.False(stopped.IsCompleted);
        gate.SetResult();
        await stopped.WaitAsync(TestTimeouts.Default);
        Assert.True(await claiming.WaitAsync(TestTimeouts.Default));
        Assert.Equal((JobStatus.Queued, 0, 1, (string?)null), (job.Status, job.Failures, job.Attempt, job.LeaseOwner));
    }

    [Fact]
    public async Task AskingAJobToStop_ThatHasJustEnded_DoesNothing()
    {
        await using var stage = await JobStage.StartAsync();
        var job = stage.Add(JobStage.Chat("!echo hi"));
        var claimed = (await stage.Get<JobClaims>().ClaimAsync(JobKind.Chat))!;
        await stage.Get<JobProcessor>().RunAsync(claimed);
        claimed.RequestStop(StopReason.LeaseLost);
        Assert.True(claimed.Stop.CanBeCanceled);
        Assert.Equal(JobStatus.Completed, job.Status);
    }
}
