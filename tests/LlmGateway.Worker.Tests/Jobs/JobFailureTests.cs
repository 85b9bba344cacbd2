using LlmGateway.Data.Jobs;
using LlmGateway.TestSupport;
using LlmGateway.Worker.Jobs;

namespace LlmGateway.Worker.Tests.Jobs;

/// <summary>What becomes of jobs whose attempts fail.</summary>
public sealed class JobFailureTests
{
    private static readonly (string, string?) LongBackoff = ("Jobs:BackoffDelay", "00:00:10");

    [Theory]
    [InlineData("status;code=400")]
    [InlineData("status;code=422")]
    public async Task WhatTheClientHasMadeWrong_EndsTheJobAtOnce(string fault)
    {
        await using var stage = await JobStage.StartAsync();
        stage.Simulator.Faults.Set("sim-fast", fault);
        var job = await stage.DoAsync(JobStage.Chat("hi"));
        Assert.Equal((JobStatus.Failed, 0, (DateTimeOffset?)null), (job.Status, job.Failures, job.DeadLetteredAt));
        Assert.NotNull(job.Error);
        Assert.Equal(1, stage.Asked);
        Assert.Single(stage.Leases.Ends);
    }

    [Theory]
    [InlineData("status;code=500", "upstream_error")]
    [InlineData("status;code=503", null)]
    [InlineData("status;code=429", null)]
    [InlineData("reset", null)]
    [InlineData("cut;after=3", "upstream_interrupted")]
    [InlineData("end;after=3", null)]
    [InlineData("error-event;after=3", null)]
    public async Task WhatMayPass_IsTriedAgain(string fault, string? code)
    {
        await using var stage = await JobStage.StartAsync(("Jobs:BackoffDelay", "00:00:00"));
        stage.Simulator.Faults.Set("sim-fast", fault + ";times=1");
        var job = await stage.DoAsync(JobStage.Chat("!words 20"));
        Assert.Equal((JobStatus.Queued, 1, 1), (job.Status, job.Failures, job.Attempt));
        Assert.Equal(code ?? JobStage.ErrorCode(job), JobStage.ErrorCode(job));
        Assert.Empty(stage.Leases.Ends);
        await Eventually.IsTrueAsync(() => stage.RunNextAsync(), "it is due again");
        Assert.Equal((JobStatus.Completed, 1, 2, (string?)null), (job.Status, job.Failures, job.Attempt, job.Error));
        Assert.Equal("""{"attempt":2}""", System.Text.Encoding.UTF8.GetString(JobEventArchive.Read(job.Events!)[0]));
        Assert.Single(stage.Leases.Ends);
    }

    [Fact]
    public async Task TheWaitGrows_AndTheLastFailureIsADeadLetterWithItsReason()
    {
        await using var stage = await JobStage.StartAsync(LongBackoff);
        stage.Simulator.Faults.Set("sim-fast", "status;code=500");
        var job = await stage.DoAsync(JobStage.Chat("hi"));
        AssertWaits(job, 10, 12.5);
        Assert.False(await stage.RunNextAsync());
        stage.Change(() => job.RunAfter = job.CreatedAt);
        await stage.RunNextAsync();
        AssertWaits(job, 20, 25);
        stage.Change(() => job.RunAfter = job.CreatedAt);
        await stage.RunNextAsync();
        Assert.Equal((JobStatus.Failed, 3, 3), (job.Status, job.Failures, job.Attempt));
        Assert.NotNull(job.DeadLetteredAt);
        Assert.Equal("upstream_error", JobStage.ErrorCode(job));
        Assert.Equal(UsageId(job), Assert.Single(stage.Leases.Ends).Usage!.Id);
    }

    [Theory]
    [InlineData(40, 40)]
    [InlineData(7200, 60)]
    public async Task AProviderThatSaysWhen_IsBelieved_WithinBounds(int asked, int waits)
    {
        await using var stage = await JobStage.StartAsync(LongBackoff);
        stage.Simulator.Faults.Set("sim-fast", $"status;code=429;retry={asked}");
        AssertWaits(await stage.DoAsync(JobStage.Chat("hi")), waits - 1, waits);
    }

    [Fact]
    public async Task AProviderThatIsKnownToBeAway_IsWaitedFor_WithoutAFailure()
    {
        await using var stage = await JobStage.StartAsync(
            ("Routing:CircuitBreaker:Enabled", "true"), ("Routing:CircuitBreaker:MinimumThroughput", "2"), ("Routing:CircuitBreaker:BreakDuration", "00:10:00"));
        await BreakAsync(stage);
        var asked = stage.Asked;
        var job = await stage.DoAsync(JobStage.Chat("hi"));
        Assert.Equal((JobStatus.Queued, 0, "upstream_unavailable", asked), (job.Status, job.Failures, JobStage.ErrorCode(job), stage.Asked));
        Assert.True(job.RunAfter > job.CreatedAt);
    }

    [Fact]
    public async Task AProviderThatStaysAwayForTooLong_FailsTheAttempt()
    {
        await using var stage = await JobStage.StartAsync(
            ("Routing:CircuitBreaker:Enabled", "true"), ("Routing:CircuitBreaker:MinimumThroughput", "2"), ("Routing:CircuitBreaker:BreakDuration", "00:10:00"),
            ("Jobs:OutagePatience", "00:00:00"));
        await BreakAsync(stage);
        Assert.Equal(1, (await stage.DoAsync(JobStage.Chat("hi"))).Failures);
    }

    /// <summary>Has the provider fail until its circuit is open.</summary>
    private static async Task BreakAsync(JobStage stage)
    {
        stage.Simulator.Faults.Set("sim-fast", "status;code=500");
        var before = -1;
        for (var i = 0; i < 20 && before != stage.Asked; i++)
        {
            before = stage.Asked;
            await stage.DoAsync(JobStage.Chat("hi"));
        }

        Assert.Equal(before, stage.Asked);
    }

    [Fact]
    public async Task AModelThatIsGone_MayComeBack()
    {
        await using var stage = await JobStage.StartAsync();
        var job = await stage.DoAsync(JobStage.Chat("hi", "gone"));
        Assert.Equal((JobStatus.Queued, 1, "model_not_found"), (job.Status, job.Failures, JobStage.ErrorCode(job)));
    }

    [Fact]
    public async Task ASensitiveJob_ReachesNoProviderThatIsNotSecure()
    {
        await using var stage = await JobStage.StartAsync();
        var job = stage.Add(JobStage.Chat("hi"), sensitivity: "high");
        await stage.RunNextAsync();
        Assert.Equal((JobStatus.Failed, "sensitive_content_no_secure_provider"), (job.Status, JobStage.ErrorCode(job)));
        Assert.Equal(0, stage.Asked);
    }

    [Fact]
    public async Task ARequestThatNobodyReads_EndsTheJob()
    {
        await using var stage = await JobStage.StartAsync();
        var job = await stage.DoAsync("""{"model":"sim-fast","messages":"none"}""");
        Assert.Equal(JobStatus.Failed, job.Status);
        Assert.Null(job.DeadLetteredAt);
    }

    [Fact]
    public async Task AnAnswerThatComesTooLate_IsAFailure()
    {
        await using var stage = await (await JobStage.StartAsync(LongBackoff, ("Worker:Timeout", "00:00:00.3"), ("Worker:HeartbeatInterval", "00:00:00.05"))).RunAsync();
        var job = stage.Add(JobStage.Chat("!words 1000", "sim-slow"));
        await Eventually.IsTrueAsync(() => job.Failures == 1, "the attempt is given up");
        Assert.Equal((JobStatus.Queued, "job_timeout"), (job.Status, JobStage.ErrorCode(job)));
        await Eventually.IsTrueAsync(() => stage.Simulator.Requests[^1].Outcome == Simulator.Wire.RequestOutcome.ClientAborted, "the call is given up");
    }

    [Fact]
    public async Task AHandlerThatThrows_IsAFailedAttempt()
    {
        await using var stage = await JobStage.StartAsync();
        var keeper = stage.Keeper;
        var processor = new JobProcessor([new Thrower()], keeper, stage.Get<JobSettler>(), stage.Get<Telemetry.WorkerMetrics>(), Logs.None<JobProcessor>());
        var job = stage.Add(JobStage.Chat("hi"));
        var claimed = await stage.Get<JobClaims>().ClaimAsync(JobKind.Chat);
        await processor.RunAsync(claimed!);
        Assert.Equal((JobStatus.Queued, 1, "internal_error"), (job.Status, job.Failures, JobStage.ErrorCode(job)));
        Assert.Equal(0, keeper.Count);
    }

    private static Guid UsageId(Job job) => Data.Usage.UsageRecorder.IdOf(job.ChargeName);

    private static void AssertWaits(Job job, double least, double most)
    {
        Assert.Equal(JobStatus.Queued, job.Status);
        // Since some time before now, and within the bound that everything here has.
        var waits = (job.RunAfter - TimeProvider.System.GetUtcNow()).TotalSeconds;
        Assert.InRange(waits, least - TestTimeouts.Default.TotalSeconds, most);
        Assert.InRange((job.RunAfter - job.StartedAt!.Value).TotalSeconds, least, most + TestTimeouts.Default.TotalSeconds);
    }

    private sealed class Thrower : IJobHandler
    {
        public JobKind Kind => JobKind.Chat;

        public Task<JobOutcome> RunAsync(RunningJob job) => throw new InvalidOperationException("A defect.");
    }
}
