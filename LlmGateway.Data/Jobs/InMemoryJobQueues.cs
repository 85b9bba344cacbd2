namespace LlmGateway.Data.Jobs;

/// <summary>The queues of a gateway without a database, as operators see them.</summary>
internal sealed class InMemoryJobQueues(InMemoryJobs memory) : IJobQueues
{
    public Task<IReadOnlyList<QueueFigures>> FiguresAsync(CancellationToken cancellationToken) => memory.RunAsync<IReadOnlyList<QueueFigures>>(() =>
    {
        var now = memory.Now;
        var jobs = memory.Jobs.Values.ToLookup(job => job.Kind);
        return
        [
            .. Enum.GetValues<JobKind>().Select(kind => new QueueFigures(
                kind,
                jobs[kind].LongCount(job => job.Status == JobStatus.Queued && job.RunAfter <= now),
                jobs[kind].LongCount(job => job.Status == JobStatus.Queued && job.RunAfter > now),
                jobs[kind].LongCount(job => job.Status == JobStatus.Running),
                jobs[kind].LongCount(job => job.Status == JobStatus.Completed),
                jobs[kind].LongCount(job => job.Status == JobStatus.Failed),
                jobs[kind].LongCount(job => job.Status is JobStatus.Cancelled or JobStatus.Expired),
                jobs[kind].LongCount(job => job.DeadLetteredAt is not null),
                jobs[kind].Where(job => job.Status == JobStatus.Queued && job.RunAfter <= now).Min(job => (DateTimeOffset?)job.CreatedAt),
                memory.Queues.GetValueOrDefault(Job.QueueOf(kind))?.PausedAt)),
        ];
    }, cancellationToken);

    public Task<bool> PauseAsync(JobKind kind, string? by, CancellationToken cancellationToken) => memory.RunAsync(() =>
    {
        var name = Job.QueueOf(kind);
        if (!memory.Queues.TryGetValue(name, out var queue))
        {
            memory.Queues.Add(name, queue = new JobQueue { Name = name });
        }

        if (queue.PausedAt is not null)
        {
            return false;
        }

        (queue.PausedAt, queue.PausedBy) = (memory.Now, by);
        return true;
    }, cancellationToken);

    public Task<bool> ResumeAsync(JobKind kind, CancellationToken cancellationToken) => memory.RunAsync(() =>
    {
        if (memory.Queues.GetValueOrDefault(Job.QueueOf(kind)) is not { PausedAt: not null } queue)
        {
            return false;
        }

        (queue.PausedAt, queue.PausedBy) = (null, null);
        return true;
    }, cancellationToken);

    public Task<int> ClearAsync(JobKind kind, CancellationToken cancellationToken) => memory.RunAsync(() =>
    {
        var now = memory.Now;
        var cleared = 0;
        foreach (var job in memory.Jobs.Values.Where(job => job.Kind == kind && job.Status == JobStatus.Queued))
        {
            if (job.CancelRequestedAt is not null && JobCancellation.NeedsWorker(job))
            {
                continue;
            }

            JobCancellation.Cancel(job, now);
            cleared++;
        }

        return cleared;
    }, cancellationToken);

    public Task<IReadOnlyList<Job>> DeadLettersAsync(JobKind? kind, int limit, string? after, CancellationToken cancellationToken) =>
        memory.RunAsync<IReadOnlyList<Job>>(() =>
        {
            var last = after is null ? null : DeadLetter(after);
            if (after is not null && last is null)
            {
                return [];
            }

            return
            [
                .. DeadLetters(kind, null)
                    .Where(job => last is null || job.DeadLetteredAt < last.DeadLetteredAt
                        || (job.DeadLetteredAt == last.DeadLetteredAt && string.CompareOrdinal(job.Id, last.Id) < 0))
                    .OrderByDescending(job => job.DeadLetteredAt).ThenByDescending(job => job.Id, StringComparer.Ordinal)
                    .Take(limit).Select(InMemoryJobStore.Seen),
            ];
        }, cancellationToken);

    public Task<Job?> DeadLetterAsync(string id, CancellationToken cancellationToken) => memory.RunAsync(() => DeadLetter(id)?.Copy(), cancellationToken);

    public Task<IReadOnlyList<string>> ReplayAsync(JobKind? kind, IReadOnlyCollection<string>? ids, CancellationToken cancellationToken) =>
        memory.RunAsync<IReadOnlyList<string>>(() =>
        {
            var now = memory.Now;
            var replayed = DeadLetters(kind, ids).ToArray();
            foreach (var job in replayed)
            {
                Replay(job, now);
            }

            return [.. replayed.Select(job => job.Id)];
        }, cancellationToken);

    public Task<int> PurgeAsync(JobKind? kind, IReadOnlyCollection<string>? ids, CancellationToken cancellationToken) => memory.RunAsync(() =>
    {
        var purged = DeadLetters(kind, ids).ToArray();
        foreach (var job in purged)
        {
            memory.Jobs.Remove(job.Id);
            memory.Items.Remove(job.Id);
        }

        return purged.Length;
    }, cancellationToken);

    private static void Replay(Job job, DateTimeOffset now)
    {
        job.Status = JobStatus.Queued;
        job.Replays++;
        job.Failures = 0;
        job.Progress = 0;
        (job.Error, job.Usage, job.Result, job.Events) = (null, null, null, null);
        (job.OutputFileId, job.ErrorFileId) = (null, null);
        (job.StartedAt, job.CompletedAt, job.CancelRequestedAt) = (null, null, null);
        (job.WebhookDeliveredAt, job.WebhookAttempts, job.WebhookRunAfter, job.WebhookError) = (null, 0, null, null);
        job.RunAfter = now;
        job.ExpiresAt += now - job.DeadLetteredAt;
        job.DeadLetteredAt = null;
    }

    private Job? DeadLetter(string id) => memory.Jobs.TryGetValue(id, out var job) && job.DeadLetteredAt is not null ? job : null;

    private IEnumerable<Job> DeadLetters(JobKind? kind, IReadOnlyCollection<string>? ids) =>
        (ids is null ? memory.Jobs.Values.Where(job => job.DeadLetteredAt is not null) : ids.Distinct().Select(DeadLetter).OfType<Job>())
        .Where(job => kind is null || job.Kind == kind);
}
