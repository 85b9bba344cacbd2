using LlmGateway.Contracts.Jobs;
using LlmGateway.Data.Jobs;
using LlmGateway.ServiceDefaults.Jobs;
using LlmGateway.TestSupport;
using LlmGateway.Worker.Jobs;

namespace LlmGateway.Worker.Tests.Jobs;

public sealed class JobSweeperTests
{
    [Fact]
    public async Task Hints_AreAsManyAsJobsAreDue()
    {
        await using var stage = await JobStage.StartAsync();
        var (sweeper, hints) = (stage.Get<JobSweeper>(), stage.Get<InMemoryJobHints>());
        for (var i = 0; i < 7; i++)
        {
            stage.Add(JobStage.Chat("hi"));
        }

        var later = stage.Add(JobStage.Chat("hi"));
        stage.Change(() => later.RunAfter = later.RunAfter.AddHours(1));
        hints.Send(new JobReady { Queue = JobQueues.Chat });
        await sweeper.SweepAsync(default);
        await sweeper.SweepAsync(default);
        Assert.Equal((7L, 0L, 0L), (await CountAsync(hints, JobQueues.Chat), await CountAsync(hints, JobQueues.Embeddings), await CountAsync(hints, JobQueues.Batch)));
        await hints.TakeAsync(JobQueues.Chat, default);
        await sweeper.SweepAsync(default);
        Assert.Equal(7, await CountAsync(hints, JobQueues.Chat));
    }

    [Fact]
    public async Task APausedQueue_GetsNoHints()
    {
        await using var stage = await JobStage.StartAsync();
        var queues = stage.Get<IJobQueues>();
        stage.Add(JobStage.Chat("hi"));
        await queues.PauseAsync(JobKind.Chat, "ops", default);
        await stage.Get<JobSweeper>().SweepAsync(default);
        Assert.Equal(0, await CountAsync(stage.Get<InMemoryJobHints>(), JobQueues.Chat));
        await queues.ResumeAsync(JobKind.Chat, default);
        await stage.Get<JobSweeper>().SweepAsync(default);
        Assert.Equal(1, await CountAsync(stage.Get<InMemoryJobHints>(), JobQueues.Chat));
    }

    [Fact]
    public async Task WhileTheBrokerSaysNothing_HintsStayInTheProcess()
    {
        await using var stage = await JobStage.StartAsync();
        var (broker, local) = (new Broker(), new InMemoryJobHints());
        var keeper = new HintKeeper(stage.Leases, broker, local);
        stage.Add(JobStage.Chat("hi"));
        stage.Add(JobStage.Chat("hi"));
        broker.Waiting = 1;
        await keeper.TopUpAsync(JobQueues.Chat, default);
        Assert.Equal((1, 0L), (broker.Sent, await CountAsync(local, JobQueues.Chat)));
        broker.Waiting = null;
        await keeper.TopUpAsync(JobQueues.Chat, default);
        await keeper.TopUpAsync(JobQueues.Chat, default);
        Assert.Equal((1, 2L), (broker.Sent, await CountAsync(local, JobQueues.Chat)));
    }

    [Fact]
    public async Task AJobOfALostWorker_IsTakenBack_AndSomebodyIsTold()
    {
        await using var stage = await JobStage.StartAsync();
        var job = stage.Add(JobStage.Chat("!echo hi"));
        await stage.Leases.ClaimAsync(JobKind.Chat, "dead", TimeSpan.FromHours(1), default);
        await stage.Get<JobSweeper>().SweepAsync(default);
        Assert.Equal(JobStatus.Running, job.Status);
        stage.Change(() => job.LeaseUntil = job.CreatedAt.AddHours(-1));
        stage.Log.Fault = new JobLogUnavailableException("away");
        await stage.Get<JobSweeper>().SweepAsync(default);
        Assert.Equal((JobStatus.Queued, 1), (job.Status, job.Failures));
        stage.Change(() => (job.Status, job.LeaseUntil, stage.Log.Fault) = (JobStatus.Running, job.CreatedAt.AddHours(-1), null));
        await stage.Get<JobSweeper>().SweepAsync(default);
        Assert.Contains(job.Id, stage.Log.Notified);
    }

    [Fact]
    public async Task AStoreThatIsAway_IsSaidSo_AndWaitingJobsAreDoneAfterwards()
    {
        await using var stage = await (await JobStage.StartAsync(("Worker:SweepInterval", "00:00:00.05"))).RunAsync();
        var sweeper = stage.Get<JobSweeper>();
        Assert.True(sweeper.Healthy);
        stage.Leases.Away = true;
        var job = stage.Add(JobStage.Chat("!echo hi"));
        await Eventually.IsTrueAsync(() => !sweeper.Healthy, "the outage is seen");
        (stage.Leases.Defect, stage.Leases.Away) = (new InvalidOperationException("no such table"), false);
        await Eventually.IsTrueAsync(() => !sweeper.Healthy, "so is a defect");
        stage.Leases.Defect = null;
        await stage.UntilAsync(job, JobStatus.Completed);
        await Eventually.IsTrueAsync(() => sweeper.Healthy, "the end of it is seen");
    }

    [Fact]
    public async Task AfterAnOutageOfTheStore_LeasesGetTheTimeToBeRenewed()
    {
        await using var stage = await JobStage.StartAsync(("Worker:Lease", "00:00:02"), ("Worker:HeartbeatInterval", "00:00:00.1"), ("Worker:SweepInterval", "00:00:00.05"));
        var (sweeper, job) = (stage.Get<JobSweeper>(), stage.Add(JobStage.Chat("!echo hi")));
        await stage.Leases.ClaimAsync(JobKind.Chat, "busy", TimeSpan.FromHours(1), default);
        stage.Change(() => job.LeaseUntil = job.CreatedAt.AddHours(-1));
        stage.Leases.Away = true;
        await stage.RunAsync();
        await Eventually.IsTrueAsync(() => !sweeper.Healthy, "the outage is seen");
        stage.Leases.Away = false;
        await Eventually.IsTrueAsync(() => sweeper.Healthy, "the end of it is seen");
        await sweeper.SweepAsync(default);
        Assert.Equal((JobStatus.Running, 0), (job.Status, job.Failures));
        await Eventually.IsTrueAsync(() => job.Failures == 1, "a lease that nobody renewed has run out all the same");
    }

    private static async Task<long> CountAsync(InMemoryJobHints hints, string queue) => (await hints.CountAsync(queue, default))!.Value;

    private sealed class Broker : IJobHints
    {
        public long? Waiting { get; set; }

        public int Sent { get; private set; }

        public void Send(JobReady hint) => Sent++;

        public ValueTask<long?> CountAsync(string queue, CancellationToken cancellationToken) => ValueTask.FromResult(Waiting);
    }
}
