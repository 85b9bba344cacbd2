using System.Text.Json;
using LlmGateway.Data.Jobs;
using LlmGateway.Data.Tests.Support;

namespace LlmGateway.Data.Tests.Jobs;

/// <summary>What clients can rely on, wherever jobs are kept.</summary>
public abstract class JobStoreTests : IAsyncLifetime
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private protected JobsUnderTest Jobs { get; private set; } = null!;

    private IJobStore Store => Jobs.Store;

    private protected abstract Task<JobsUnderTest> CreateAsync();

    public async Task InitializeAsync() => Jobs = await CreateAsync();

    public async Task DisposeAsync() => await Jobs.DisposeAsync();

    [Fact]
    public async Task Add_KeepsWhatWasGiven_WithTimesOfTheStore()
    {
        var given = JobRows.Whole();
        var before = TimeProvider.System.GetUtcNow();
        await Jobs.AddAsync(given);
        var found = (await Store.FindAsync(given.Id, "key_1", default))!;

        Assert.Equal((given.Id, JobKind.Batch, JobStatus.Queued, JobPriority.High), (found.Id, found.Kind, found.Status, found.Priority));
        Assert.Equal((given.ApiKeyId, given.Owner, given.Team, given.Model), (found.ApiKeyId, found.Owner, found.Team, found.Model));
        Assert.Equal((given.Sensitivity, 7, given.WebhookUrl, given.TraceParent), (found.Sensitivity, found.MaxAttempts, found.WebhookUrl, found.TraceParent));
        Assert.Equal((given.InputFileId, given.Endpoint, BatchPhase.Validating), (found.InputFileId, found.Endpoint, found.Phase));
        Assert.Equal("ü", JsonDocument.Parse(found.Metadata!).RootElement.GetProperty("a").GetString());
        Assert.Equal(given.IdempotencyHash, found.IdempotencyHash);
        Assert.Empty(found.Request);
        Assert.Equal((0, 0, 0, 0d), (found.Attempt, found.Failures, found.Replays, found.Progress));
        // The server runs on this machine, so its clock is this one.
        Assert.InRange(found.CreatedAt, before.AddSeconds(-1), TimeProvider.System.GetUtcNow().AddSeconds(1));
        Assert.Equal(found.CreatedAt, found.RunAfter);
        Assert.Equal(TimeSpan.FromMinutes(5), found.QueueAt - found.CreatedAt);
        Assert.Equal(TimeSpan.FromDays(1), found.ExpiresAt - found.CreatedAt);
    }

    [Fact]
    public async Task Add_UnderOneIdempotencyKey_FiftyAtOnce_GivesOneJob()
    {
        var jobs = Enumerable.Range(0, 50).Select(_ => JobRows.New(idempotencyKey: "once")).ToArray();
        var added = await Task.WhenAll(jobs.Select(job => Task.Run(() => Store.AddAsync(job, default))));

        Assert.Equal(JobAdditionKind.Added, Assert.Single(added, one => one.Kind != JobAdditionKind.Repeated).Kind);
        var id = Assert.Single(added.Select(one => one.Job.Id).Distinct());
        Assert.Equal(id, Assert.Single(await ListAsync()));
    }

    [Theory]
    [InlineData("key_1")]
    [InlineData(null)]
    public async Task Add_UnderAUsedIdempotencyKey_TellsTheSameRequestFromAnother(string? apiKeyId)
    {
        var first = await Jobs.AddAsync(JobRows.New(apiKeyId, idempotencyKey: "a"));
        var repeated = await Store.AddAsync(JobRows.New(apiKeyId, idempotencyKey: "a"), default);
        var other = await Store.AddAsync(JobRows.New(apiKeyId, idempotencyKey: "a", hash: 2), default);

        Assert.Equal((JobAdditionKind.Repeated, first.Id), (repeated.Kind, repeated.Job.Id));
        Assert.Equal((JobAdditionKind.Conflict, first.Id), (other.Kind, other.Job.Id));
        await Jobs.AddAsync(JobRows.New("key_2", idempotencyKey: "a"));
        await Jobs.AddAsync(JobRows.New(apiKeyId, idempotencyKey: "b"));
        await Jobs.AddAsync(JobRows.New(apiKeyId));
        await Jobs.AddAsync(JobRows.New(apiKeyId));

        await Jobs.DeleteAsync(first.Id);
        await Jobs.AddAsync(JobRows.New(apiKeyId, idempotencyKey: "a", hash: 3));
    }

    [Fact]
    public async Task AnotherKeysJob_IsNeitherSeenNorCancelled()
    {
        var job = await Jobs.AddAsync(JobRows.New());
        Assert.Null(await Store.FindAsync(job.Id, "key_2", default));
        Assert.Null(await Store.FindWholeAsync(job.Id, "key_2", true, default));
        Assert.Null(await Store.CancelAsync(job.Id, "key_2", default));
        Assert.Empty(await ListAsync(apiKeyId: "key_2"));
        Assert.Empty(await ListAsync(apiKeyId: null));
        Assert.Empty(await Store.ListAsync(new JobListQuery("key_2", JobKind.Chat, 10, After: job.Id), default));

        Assert.Equal(JobStatus.Queued, (await Store.FindAsync(job.Id, null, default))!.Status);
        Assert.NotNull(await Store.FindWholeAsync(job.Id, null, true, default));
        var nobodys = await Jobs.AddAsync(JobRows.New(apiKeyId: null));
        Assert.Null(await Store.FindAsync(nobodys.Id, "key_1", default));
        Assert.Equal([nobodys.Id], await ListAsync(apiKeyId: null));
    }

    [Fact]
    public async Task AnIdOfNothing_FindsNothing()
    {
        var job = await Jobs.AddAsync(JobRows.New());
        foreach (var id in new[] { "job_nowhere", "", job.Id + "\0", job.Id + "\ud800", "' or 1=1 --" })
        {
            Assert.Null(await Store.FindAsync(id, "key_1", default));
            Assert.Null(await Store.FindAsync(job.Id, id, default));
            Assert.Null(await Store.FindWholeAsync(id, null, true, default));
            Assert.Null(await Store.CancelAsync(id, "key_1", default));
            Assert.Null(await Store.PositionAsync(id, default));
            Assert.Empty(await Store.ListAsync(new JobListQuery("key_1", JobKind.Chat, 10, After: id), default));
            Assert.Equal(job.Id, Assert.Single(await Store.StatesAsync([id, job.Id], default)).Id);
        }
    }

    [Fact]
    public async Task Whole_HasResult_AndEventsOnlyWhenAskedFor()
    {
        var job = await Jobs.AddAsync(JobRows.New());
        await Jobs.EndAsync(job.Id, JobStatus.Completed, Second);
        var (plain, whole) = (await Store.FindWholeAsync(job.Id, "key_1", false, default), await Store.FindWholeAsync(job.Id, "key_1", true, default));
        Assert.Equal([1], plain!.Result);
        Assert.Null(plain.Events);
        Assert.Equal([1], whole!.Result);
        Assert.Equal([2], whole.Events);
        Assert.Null((await Store.FindAsync(job.Id, "key_1", default))!.Result);
    }

    [Fact]
    public async Task WhatIsHandedOut_IsNotTheRowItself()
    {
        var job = JobRows.New();
        var added = await Jobs.AddAsync(job);
        job.Status = added.Status = (await Store.FindAsync(job.Id, null, default))!.Status = JobStatus.Failed;
        (await Store.ListAsync(new JobListQuery("key_1", JobKind.Chat, 10), default))[0].Status = JobStatus.Failed;
        Assert.Equal(JobStatus.Queued, (await Store.FindAsync(job.Id, null, default))!.Status);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Pages_HaveNoGapAndNoRepeat_WhileJobsArrive(bool sameMoment)
    {
        var ids = new List<string>();
        for (var n = 0; n < 23; n++)
        {
            ids.Add((await Jobs.AddAsync(JobRows.New())).Id);
            await Jobs.AddAsync(JobRows.New("key_2"));
            await Jobs.AddAsync(JobRows.New(kind: JobKind.Embeddings));
        }

        if (sameMoment)
        {
            await Jobs.AlignAsync();
        }

        var seen = new List<string>();
        for (IReadOnlyList<string> page = []; seen.Count == 0 || page.Count > 0; seen.AddRange(page))
        {
            page = [.. (await Store.ListAsync(new JobListQuery("key_1", JobKind.Chat, 4, seen.LastOrDefault()), default)).Select(job => job.Id)];
            Assert.True(page.Count <= 4);
            await Jobs.AddAsync(JobRows.New());
        }

        Assert.Equal(Enumerable.Reverse(ids), seen);
    }

    [Fact]
    public async Task List_CanBeOfOneStatus()
    {
        var (waiting, done) = (await Jobs.AddAsync(JobRows.New()), await Jobs.AddAsync(JobRows.New()));
        await Jobs.EndAsync(done.Id, JobStatus.Completed, Second);
        Assert.Equal([waiting.Id], await ListAsync(JobStatus.Queued));
        Assert.Equal([done.Id], await ListAsync(JobStatus.Completed));
        Assert.Empty(await ListAsync(JobStatus.Failed));
        Assert.Empty(await Store.ListAsync(new JobListQuery("key_1", JobKind.Chat, 10, After: waiting.Id, Status: JobStatus.Completed), default));
        Assert.Empty(await Store.ListAsync(new JobListQuery("key_1", JobKind.Embeddings, 10, After: done.Id), default));
    }

    [Fact]
    public async Task Cancel_EndsAWaitingJob_AndHasItsClientTold()
    {
        var (told, untold) = (await Jobs.AddAsync(JobRows.New(kind: JobKind.Batch, webhook: "https://example.com")), await Jobs.AddAsync(JobRows.New()));
        var cancelled = (await Store.CancelAsync(told.Id, "key_1", default))!;
        Assert.Equal(JobStatus.Cancelled, cancelled.Status);
        Assert.Equal("job_cancelled", JsonDocument.Parse(cancelled.Error!).RootElement.GetProperty("error").GetProperty("code").GetString());
        Assert.NotNull(cancelled.CompletedAt);
        Assert.Equal(cancelled.CompletedAt, cancelled.WebhookRunAfter);
        Assert.Null((await Store.CancelAsync(untold.Id, "key_1", default))!.WebhookRunAfter);

        // Once more changes nothing.
        Assert.Equal(cancelled.CompletedAt, (await Store.CancelAsync(told.Id, "key_1", default))!.CompletedAt);
        Assert.Null(await Store.PositionAsync(told.Id, default));
    }

    [Fact]
    public async Task Cancel_AsksForTheEndOfARunningJob_Once_AndLeavesAnEndedOneAlone()
    {
        var job = await Jobs.AddAsync(JobRows.New(webhook: "https://example.com"));
        Assert.True(await Jobs.StartAsync(job.Id));
        var asked = (await Store.CancelAsync(job.Id, null, default))!;
        Assert.Equal(JobStatus.Running, asked.Status);
        Assert.NotNull(asked.CancelRequestedAt);
        Assert.Null(asked.CompletedAt);
        Assert.Null(asked.WebhookRunAfter);
        Assert.Equal(asked.CancelRequestedAt, (await Store.CancelAsync(job.Id, null, default))!.CancelRequestedAt);

        await Jobs.EndAsync(job.Id, JobStatus.Completed, Second);
        var ended = (await Store.CancelAsync(job.Id, null, default))!;
        Assert.Equal(JobStatus.Completed, ended.Status);
        Assert.Equal("""{"error":{}}""", ended.Error!.Replace(" ", "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Cancel_RacingWithAStart_EitherPreventsItOrIsNoted()
    {
        var ids = new List<string>();
        for (var n = 0; n < 40; n++)
        {
            ids.Add((await Jobs.AddAsync(JobRows.New())).Id);
        }

        await Task.WhenAll(ids.Select(id => Task.Run(async () =>
        {
            var starting = Task.Run(() => Jobs.StartAsync(id));
            var cancelled = (await Store.CancelAsync(id, "key_1", default))!;
            var after = (await Store.FindAsync(id, "key_1", default))!;
            Assert.Equal(cancelled.Status, after.Status);
            Assert.Equal(await starting ? JobStatus.Running : JobStatus.Cancelled, after.Status);
            Assert.Equal(after.Status == JobStatus.Running, after.CancelRequestedAt is not null);
            Assert.Equal(after.Status == JobStatus.Cancelled, after.CompletedAt is not null);
        })));
    }

    [Fact]
    public async Task Position_CountsWhatIsAheadInTheQueuesOrder()
    {
        var low = await Jobs.AddAsync(JobRows.New(delay: TimeSpan.FromMinutes(15)));
        var normal = await Jobs.AddAsync(JobRows.New(delay: TimeSpan.FromMinutes(5)));
        var first = await Jobs.AddAsync(JobRows.New("key_2"));
        var second = await Jobs.AddAsync(JobRows.New());
        await Jobs.AddAsync(JobRows.New(kind: JobKind.Embeddings));
        await AssertPositionsAsync((first, 0), (second, 1), (normal, 2), (low, 3));

        await Jobs.DelayAsync(second.Id, TimeSpan.FromMinutes(1));
        await AssertPositionsAsync((first, 0), (second, 1), (normal, 1), (low, 2));
        await Jobs.StartAsync(first.Id);
        await AssertPositionsAsync((first, null), (second, 0), (normal, 0), (low, 1));
        await Jobs.EndAsync(normal.Id, JobStatus.Failed, Second, dead: true);
        await AssertPositionsAsync((normal, null), (low, 0));
    }

    [Fact]
    public async Task Pace_IsOfJobsThatEndedLately()
    {
        Assert.Equal(new JobPace(0, TimeSpan.FromMinutes(5), 0, 0), await Store.PaceAsync(JobKind.Chat, default));

        await Jobs.EndAsync((await Jobs.AddAsync(JobRows.New())).Id, JobStatus.Completed, TimeSpan.FromSeconds(2));
        await Jobs.EndAsync((await Jobs.AddAsync(JobRows.New())).Id, JobStatus.Failed, TimeSpan.FromSeconds(4));
        await Jobs.EndAsync((await Jobs.AddAsync(JobRows.New(kind: JobKind.Batch))).Id, JobStatus.Completed, TimeSpan.FromSeconds(9));
        await Jobs.StartAsync((await Jobs.AddAsync(JobRows.New())).Id);
        await Store.CancelAsync((await Jobs.AddAsync(JobRows.New())).Id, null, default);
        Assert.Equal(new JobPace(2, TimeSpan.FromMinutes(5), 3, 1), await Store.PaceAsync(JobKind.Chat, default));
        Assert.Equal(new JobPace(1, TimeSpan.FromMinutes(5), 9, 0), await Store.PaceAsync(JobKind.Batch, default));
    }

    [Fact]
    public async Task States_AreOfEachJobThatIsThere()
    {
        var (running, ended) = (await Jobs.AddAsync(JobRows.New()), await Jobs.AddAsync(JobRows.New("key_2")));
        await Jobs.StartAsync(running.Id);
        await Jobs.EndAsync(ended.Id, JobStatus.Completed, Second);
        Assert.Equal(
            [new JobState(running.Id, JobStatus.Running, 1, 0), new JobState(ended.Id, JobStatus.Completed, 3, 0.5)],
            (await Store.StatesAsync([running.Id, "job_gone", ended.Id, running.Id], default)).OrderBy(state => state.Id, StringComparer.Ordinal));
        Assert.Empty(await Store.StatesAsync([], default));
    }

    [Fact]
    public async Task ACallThatWasGivenUp_EndsAsSuch()
    {
        using var given = new CancellationTokenSource();
        await given.CancelAsync();
        var job = JobRows.New();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.AddAsync(job, given.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.PaceAsync(JobKind.Chat, given.Token));
        Assert.Null(await Store.FindAsync(job.Id, null, default));
    }

    private async Task<string[]> ListAsync(JobStatus? status = null, string? apiKeyId = "key_1") =>
        [.. (await Store.ListAsync(new JobListQuery(apiKeyId, JobKind.Chat, 10, Status: status), default)).Select(job => job.Id)];

    private async Task AssertPositionsAsync(params (Job Job, long? Position)[] expected)
    {
        foreach (var (job, position) in expected)
        {
            Assert.Equal(position, await Store.PositionAsync(job.Id, default));
        }
    }
}
