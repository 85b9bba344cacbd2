using LlmGateway.Data.Jobs;
using LlmGateway.Data.Tests.Support;
using LlmGateway.Data.Usage;

namespace LlmGateway.Data.Tests.Jobs;

/// <summary>What operators can rely on, wherever jobs are kept.</summary>
public abstract class JobQueuesTests : IAsyncLifetime
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private protected JobsUnderTest Jobs { get; private set; } = null!;

    private IJobQueues Queues => Jobs.Queues;

    private protected abstract Task<JobsUnderTest> CreateAsync();

    public async Task InitializeAsync() => Jobs = await CreateAsync();

    public async Task DisposeAsync() => await Jobs.DisposeAsync();

    [Fact]
    public async Task Figures_CountEachQueueByWhatItsJobsDo()
    {
        Assert.Equal(Enum.GetValues<JobKind>().Select(Nothing), await Queues.FiguresAsync(default));

        var oldest = await Jobs.AddAsync(JobRows.New(delay: TimeSpan.FromMinutes(15)));
        await Jobs.AddAsync(JobRows.New("key_2"));
        await Jobs.DelayAsync((await Jobs.AddAsync(JobRows.New())).Id, TimeSpan.FromMinutes(1));
        await Jobs.StartAsync((await Jobs.AddAsync(JobRows.New())).Id);
        foreach (var (status, dead) in new[]
        {
            (JobStatus.Completed, false), (JobStatus.Completed, false), (JobStatus.Failed, true), (JobStatus.Failed, false), (JobStatus.Failed, true),
            (JobStatus.Cancelled, false), (JobStatus.Expired, false),
        })
        {
            await Jobs.EndAsync((await Jobs.AddAsync(JobRows.New())).Id, status, Second, dead);
        }

        await Jobs.DelayAsync((await Jobs.AddAsync(JobRows.New(kind: JobKind.Batch))).Id, TimeSpan.FromMinutes(1));
        Assert.Equal(
            [new QueueFigures(JobKind.Chat, 2, 1, 1, 2, 3, 2, 2, oldest.CreatedAt, null), Nothing(JobKind.Embeddings), Nothing(JobKind.Batch) with { Delayed = 1 }],
            await Queues.FiguresAsync(default));
    }

    [Fact]
    public async Task Pause_IsShownUntilTheQueueIsResumed()
    {
        Assert.False(await Queues.ResumeAsync(JobKind.Chat, default));
        Assert.True(await Queues.PauseAsync(JobKind.Chat, "key\0_1", default));
        var since = (await FiguresAsync(JobKind.Chat)).PausedAt;
        Assert.NotNull(since);
        Assert.False(await Queues.PauseAsync(JobKind.Chat, "key_2", default));
        Assert.Equal(since, (await FiguresAsync(JobKind.Chat)).PausedAt);
        Assert.Null((await FiguresAsync(JobKind.Batch)).PausedAt);

        Assert.True(await Queues.ResumeAsync(JobKind.Chat, default));
        Assert.False(await Queues.ResumeAsync(JobKind.Chat, default));
        Assert.Null((await FiguresAsync(JobKind.Chat)).PausedAt);
        Assert.True(await Queues.PauseAsync(JobKind.Chat, null, default));
    }

    [Fact]
    public async Task Pause_ByManyAtOnce_SucceedsOnce()
    {
        var paused = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Task.Run(() => Queues.PauseAsync(JobKind.Chat, "key", default))));
        Assert.Single(paused, done => done);
    }

    [Fact]
    public async Task Clear_CancelsWhatWaitsInTheQueue_AndNothingElse()
    {
        var waiting = await Jobs.AddAsync(JobRows.New(webhook: "https://example.com"));
        var delayed = await Jobs.AddAsync(JobRows.New("key_2"));
        await Jobs.DelayAsync(delayed.Id, TimeSpan.FromMinutes(1));
        var running = await Jobs.AddAsync(JobRows.New());
        await Jobs.StartAsync(running.Id);
        var other = await Jobs.AddAsync(JobRows.New(kind: JobKind.Embeddings));

        Assert.Equal(2, await Queues.ClearAsync(JobKind.Chat, default));
        var cleared = await FindAsync(waiting.Id);
        Assert.Equal(JobStatus.Cancelled, cleared.Status);
        Assert.Contains("job_cancelled", cleared.Error, StringComparison.Ordinal);
        Assert.Equal((cleared.CompletedAt, true), (cleared.WebhookRunAfter, cleared.CompletedAt is not null));
        Assert.Null((await FindAsync(delayed.Id)).WebhookRunAfter);
        Assert.Equal(JobStatus.Running, (await FindAsync(running.Id)).Status);
        Assert.Equal(JobStatus.Queued, (await FindAsync(other.Id)).Status);
        Assert.Equal(0, await Queues.ClearAsync(JobKind.Chat, default));
    }

    [Fact]
    public async Task ABatchWithAnswers_IsLeftToAWorker_WhenItIsCancelledWhileItWaits()
    {
        var (cleared, cancelled) = (await Jobs.AddAsync(JobRows.New(kind: JobKind.Batch)), await Jobs.AddAsync(JobRows.New(kind: JobKind.Batch)));
        await Jobs.AnswerAsync(cleared.Id, completed: 1, failed: 0);
        await Jobs.AnswerAsync(cancelled.Id, completed: 0, failed: 1);
        var fresh = await Jobs.AddAsync(JobRows.New(kind: JobKind.Batch));

        var first = (await Jobs.Store.CancelAsync(cancelled.Id, null, default))!;
        var again = (await Jobs.Store.CancelAsync(cancelled.Id, null, default))!;
        Assert.Equal((JobStatus.Queued, null, null), (first.Status, first.CompletedAt, first.Error));
        Assert.NotNull(first.CancelRequestedAt);
        Assert.Equal(first.CancelRequestedAt, again.CancelRequestedAt);

        Assert.Equal(2, await Queues.ClearAsync(JobKind.Batch, default));
        var left = await FindAsync(cleared.Id);
        Assert.Equal((JobStatus.Queued, null, null, true), (left.Status, left.CompletedAt, left.Error, left.CancelRequestedAt is not null));
        Assert.Equal(JobStatus.Cancelled, (await FindAsync(fresh.Id)).Status);
        Assert.Equal(0, await Queues.ClearAsync(JobKind.Batch, default));
    }

    [Fact]
    public async Task DeadLetters_ArePagedLastFirst()
    {
        var dead = new List<string>();
        for (var n = 0; n < 7; n++)
        {
            dead.Insert(0, (await DeadAsync(n % 2 == 0 ? JobKind.Chat : JobKind.Batch)).Id);
        }

        await Jobs.EndAsync((await Jobs.AddAsync(JobRows.New())).Id, JobStatus.Failed, Second);
        var seen = new List<string>();
        for (IReadOnlyList<Job> page = []; seen.Count == 0 || page.Count > 0; seen.AddRange(page.Select(job => job.Id)))
        {
            page = await Queues.DeadLettersAsync(null, 3, seen.LastOrDefault(), default);
            Assert.All(page, job => Assert.Empty(job.Request));
        }

        Assert.Equal(dead, seen);
        Assert.Equal(dead.Where((_, n) => n % 2 == 1), (await Queues.DeadLettersAsync(JobKind.Batch, 10, null, default)).Select(job => job.Id));
        Assert.Equal([dead[3]], (await Queues.DeadLettersAsync(JobKind.Batch, 1, dead[2], default)).Select(job => job.Id));
        Assert.Empty(await Queues.DeadLettersAsync(JobKind.Embeddings, 10, null, default));
        Assert.Empty(await Queues.DeadLettersAsync(null, 10, "job_\0", default));
    }

    [Fact]
    public async Task ADeadLetter_IsShownWhole_AndOthersAreNot()
    {
        var (dead, alive) = (await DeadAsync(), await Jobs.AddAsync(JobRows.New()));
        var shown = (await Queues.DeadLetterAsync(dead.Id, default))!;
        Assert.Equal(JobRows.New().Request, shown.Request);
        Assert.Equal([1], shown.Result);
        Assert.Equal([2], shown.Events);
        Assert.Equal(3, shown.Failures);
        Assert.Null(await Queues.DeadLetterAsync(alive.Id, default));
        Assert.Null(await Queues.DeadLetterAsync("job_\0", default));
    }

    [Fact]
    public async Task Replay_HasTheJobWaitAsIfItHadNeverFailed_AndChargesTheNextEndApart()
    {
        var job = await Jobs.AddAsync(JobRows.Whole());
        await Jobs.EndAsync(job.Id, JobStatus.Failed, Second, dead: true);
        var dead = (await Queues.DeadLetterAsync(job.Id, default))!;
        Assert.Equal([job.Id], await Queues.ReplayAsync(null, [job.Id, job.Id, "job_gone", "job_\0"], default));

        var replayed = (await Jobs.Store.FindWholeAsync(job.Id, null, true, default))!;
        Assert.Equal((JobStatus.Queued, 3, 0, 0d, 1), (replayed.Status, replayed.Attempt, replayed.Failures, replayed.Progress, replayed.Replays));
        Assert.Equal((null, null, null, null), (replayed.Error, replayed.Usage, replayed.Result, replayed.Events));
        Assert.Equal((null, null, null, null), (replayed.StartedAt, replayed.CompletedAt, replayed.CancelRequestedAt, replayed.DeadLetteredAt));
        Assert.Equal((null, 0, null, null), (replayed.WebhookDeliveredAt, replayed.WebhookAttempts, replayed.WebhookRunAfter, replayed.WebhookError));
        Assert.Equal((null, null, BatchPhase.Validating), (replayed.OutputFileId, replayed.ErrorFileId, replayed.Phase));
        Assert.Equal((job.CreatedAt, job.QueueAt), (replayed.CreatedAt, replayed.QueueAt));
        Assert.True(replayed.RunAfter >= dead.DeadLetteredAt);
        Assert.Equal(replayed.RunAfter - dead.DeadLetteredAt, replayed.ExpiresAt - job.ExpiresAt);
        Assert.Equal(0, await Jobs.Store.PositionAsync(job.Id, default));
        Assert.Null(await Queues.DeadLetterAsync(job.Id, default));
        Assert.Empty(await Queues.ReplayAsync(null, [job.Id], default));

        Assert.Equal((job.Id, $"{job.Id}/1"), (job.ChargeName, replayed.ChargeName));
        Assert.NotEqual(UsageRecorder.IdOf(job.ChargeName), UsageRecorder.IdOf(replayed.ChargeName));
    }

    [Fact]
    public async Task Replay_OfAQueue_TakesAllItsDeadLetters_AndByManyAtOnceEachOnce()
    {
        var chat = new List<string>();
        for (var n = 0; n < 20; n++)
        {
            chat.Add((await DeadAsync()).Id);
        }

        var batch = await DeadAsync(JobKind.Batch);
        Assert.Empty(await Queues.ReplayAsync(JobKind.Embeddings, null, default));
        Assert.Empty(await Queues.ReplayAsync(JobKind.Chat, [batch.Id], default));
        Assert.Empty(await Queues.ReplayAsync(null, [], default));

        var replayed = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Queues.ReplayAsync(JobKind.Chat, null, default))));
        Assert.Equal(chat.Order(StringComparer.Ordinal), replayed.SelectMany(ids => ids).Order(StringComparer.Ordinal));
        Assert.All(await Task.WhenAll(chat.Select(FindAsync)), job => Assert.Equal(1, job.Replays));
        Assert.Equal([batch.Id], await Queues.ReplayAsync(null, null, default));
    }

    [Fact]
    public async Task Purge_DeletesDeadLettersAndNothingElse()
    {
        var (first, second, batch) = (await DeadAsync(), await DeadAsync(), await DeadAsync(JobKind.Batch));
        var failed = await Jobs.AddAsync(JobRows.New());
        await Jobs.EndAsync(failed.Id, JobStatus.Failed, Second);

        Assert.Equal(1, await Queues.PurgeAsync(null, [first.Id, first.Id, failed.Id, "job_gone", "job_\0"], default));
        Assert.Null(await Jobs.Store.FindAsync(first.Id, null, default));
        Assert.Equal(0, await Queues.PurgeAsync(JobKind.Embeddings, null, default));
        Assert.Equal(1, await Queues.PurgeAsync(JobKind.Chat, null, default));
        Assert.Equal(1, await Queues.PurgeAsync(null, null, default));
        Assert.Empty(await Jobs.Store.StatesAsync([first.Id, second.Id, batch.Id], default));
        Assert.Equal(JobStatus.Failed, (await FindAsync(failed.Id)).Status);
    }

    private static QueueFigures Nothing(JobKind kind) => new(kind, 0, 0, 0, 0, 0, 0, 0, null, null);

    private async Task<QueueFigures> FiguresAsync(JobKind kind) => (await Queues.FiguresAsync(default)).Single(queue => queue.Kind == kind);

    private async Task<Job> FindAsync(string id) => (await Jobs.Store.FindAsync(id, null, default))!;

    private async Task<Job> DeadAsync(JobKind kind = JobKind.Chat)
    {
        var job = await Jobs.AddAsync(JobRows.New(kind: kind));
        await Jobs.EndAsync(job.Id, JobStatus.Failed, Second, dead: true);
        return job;
    }
}
