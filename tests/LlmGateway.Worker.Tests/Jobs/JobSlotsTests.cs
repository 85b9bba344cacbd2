using LlmGateway.Data.Jobs;
using LlmGateway.ServiceDefaults.Jobs;
using LlmGateway.TestSupport;
using LlmGateway.Worker.Jobs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace LlmGateway.Worker.Tests.Jobs;

public sealed class JobSlotsTests
{
    private static readonly string Endless = JobStage.Chat("!words 100000", "sim-slow");

    [Fact]
    public async Task NoMoreJobsRun_ThanThereArePlaces_AndEachQueueHasItsOwn()
    {
        await using var stage = await JobStage.StartAsync(("Worker:Concurrency", "2"));
        var jobs = Enumerable.Range(0, 5).Select(_ => stage.Add(Endless)).ToArray();
        var runs = jobs.Select(_ => stage.RunNextAsync()).ToList();
        await Eventually.IsTrueAsync(() => stage.Asked == 2, "two run");
        Assert.Equal((2, 2), (stage.Keeper.Count, jobs.Count(job => job.Attempt > 0)));
        Assert.True(await DoneAsync(stage, JobKind.Embeddings));

        var one = stage.Keeper.Running.First();
        one.RequestStop(StopReason.Cancelled);
        await Eventually.IsTrueAsync(() => stage.Asked == 3, "the next one has the place");
        Assert.Equal(2, stage.Keeper.Count);
        await EndAsync(stage, runs);
        Assert.False(stage.Slots.AreBusy);
    }

    [Fact]
    public async Task UrgentJobs_GoAhead_AndBatchesHoldTheirHintOnlyUntilTheyHaveStarted()
    {
        await using var stage = await JobStage.StartAsync(("Worker:Concurrency", "1"));
        var usual = stage.Add(JobStage.Chat("!echo usual"), queueAt: 300);
        var urgent = stage.Add(JobStage.Chat("!echo urgent"), queueAt: 0);
        await stage.RunNextAsync();
        Assert.Equal((JobStatus.Completed, JobStatus.Queued), (urgent.Status, usual.Status));

        var batch = stage.Add("{}", JobKind.Batch);
        Assert.True(await stage.Slots.StartNextAsync(JobKind.Batch, TestTimeouts.Token()));
        Assert.True(batch.Attempt == 1);
        await Eventually.IsTrueAsync(() => !stage.Slots.AreBusy, "it has ended");
    }

    [Fact]
    public async Task ClosedPlaces_StartNothing_AndHoldTheirHintsUntilTheDrainIsOver()
    {
        await using var stage = await JobStage.StartAsync(("Worker:Concurrency", "1"));
        stage.Add(Endless);
        var late = stage.Add(JobStage.Chat("!echo late"));
        var first = stage.RunNextAsync();
        await Eventually.IsTrueAsync(() => stage.Asked == 1, "it runs");
        var second = stage.RunNextAsync();
        stage.Slots.Close();
        stage.Keeper.Running.First().RequestStop(StopReason.Cancelled);
        Assert.True(await first);
        await Eventually.IsTrueAsync(() => !stage.Slots.AreBusy, "no place is taken");
        Assert.False(second.IsCompleted);
        using var impatient = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stage.Slots.StartNextAsync(JobKind.Chat, impatient.Token));

        stage.Slots.Finish();
        Assert.False(await second.WaitAsync(TestTimeouts.Default));
        Assert.Equal((JobStatus.Queued, 0), (late.Status, late.Attempt));
        Assert.False(await stage.RunNextAsync());
    }

    [Fact]
    public async Task WithoutPlacesForBatches_NoneIsStarted()
    {
        await using var stage = await (await JobStage.StartAsync(("Worker:BatchConcurrency", "0"), ("Worker:SweepInterval", "00:00:00.05"))).RunAsync();
        var batch = stage.Add("{}", JobKind.Batch);
        var chat = stage.Add(JobStage.Chat("!echo hi"));
        await stage.UntilAsync(chat, JobStatus.Completed);
        Assert.Equal(0, batch.Attempt);
    }

    [Fact]
    public async Task ManyJobs_AreAllDoneOnce()
    {
        await using var stage = await (await JobStage.StartAsync(("Worker:Concurrency", "20"), ("Worker:SweepInterval", "00:00:00.05"))).RunAsync();
        var jobs = Enumerable.Range(0, 200).Select(i => stage.Add(JobStage.Chat($"!echo {i}"))).ToArray();
        await Eventually.IsTrueAsync(() => jobs.All(job => job.Status == JobStatus.Completed), "all are done");
        Assert.All(jobs, job => Assert.Equal(1, job.Attempt));
        Assert.Equal(200, stage.Leases.Ends.Count);
        Assert.Equal(200, stage.Leases.Ends.Select(end => end.Usage!.Id).Distinct().Count());
    }

    private static async Task<bool> DoneAsync(JobStage stage, JobKind kind)
    {
        var job = stage.Add("""{"model":"sim-embed","input":"a"}""", kind);
        await stage.RunNextAsync(kind);
        return job.Status == JobStatus.Completed;
    }

    private static async Task EndAsync(JobStage stage, List<Task<bool>> runs) => await Eventually.IsTrueAsync(
        () =>
        {
            foreach (var job in stage.Keeper.Running)
            {
                job.RequestStop(StopReason.Cancelled);
            }

            return runs.All(run => run.IsCompleted);
        },
        "all have ended");
}
