namespace LlmGateway.Data.Jobs;

/// <summary>Jobs of a gateway without a database, as their clients see them.</summary>
internal sealed class InMemoryJobStore(InMemoryJobs memory) : IJobStore
{
    private const int PaceSample = 1_000;

    /// <summary>Below so many names it is not worth while to look for those that are left over.</summary>
    private const int FewNames = 1_024;

    private static readonly TimeSpan PaceWindow = TimeSpan.FromMinutes(5);

    /// <summary>Jobs by key and idempotency key. Those of deleted jobs are left over until there are many.</summary>
    private readonly Dictionary<(string? ApiKeyId, string Name), string> _names = [];

    public Task<JobAddition> AddAsync(Job job, CancellationToken cancellationToken) => memory.RunAsync(() =>
    {
        if (job.IdempotencyKey is { } name)
        {
            if (_names.TryGetValue((job.ApiKeyId, name), out var id) && memory.Jobs.TryGetValue(id, out var first))
            {
                var same = first.IdempotencyHash.AsSpan().SequenceEqual(job.IdempotencyHash);
                return new JobAddition(same ? JobAdditionKind.Repeated : JobAdditionKind.Conflict, Seen(first));
            }

            RequireRoom(job);
            ForgetNames();
            _names[(job.ApiKeyId, name)] = job.Id;
        }

        RequireRoom(job);
        var now = memory.Now;
        var stored = job.Copy();
        stored.Status = JobStatus.Queued;
        stored.CreatedAt = now;
        stored.QueueAt = now + (job.QueueAt - job.CreatedAt);
        stored.ExpiresAt = now + (job.ExpiresAt - job.CreatedAt);
        stored.RunAfter = now;
        memory.Jobs.Add(stored.Id, stored);
        return new JobAddition(JobAdditionKind.Added, Seen(stored));
    }, cancellationToken);

    public Task<Job?> FindAsync(string id, string? apiKeyId, CancellationToken cancellationToken) =>
        memory.RunAsync(() => Own(id, apiKeyId) is { } job ? Seen(job) : null, cancellationToken);

    public Task<Job?> FindWholeAsync(string id, string? apiKeyId, bool withEvents, CancellationToken cancellationToken) => memory.RunAsync(() =>
    {
        if (Own(id, apiKeyId) is not { } job)
        {
            return null;
        }

        var seen = Seen(job);
        seen.Result = job.Result;
        seen.Events = withEvents ? job.Events : null;
        return seen;
    }, cancellationToken);

    public Task<IReadOnlyList<Job>> ListAsync(JobListQuery query, CancellationToken cancellationToken) => memory.RunAsync<IReadOnlyList<Job>>(() =>
    {
        Job? after = null;
        if (query.After is { } id && (!memory.Jobs.TryGetValue(id, out after) || !IsOfList(after)))
        {
            return [];
        }

        return
        [
            .. memory.Jobs.Values
                .Where(job => IsOfList(job) && (query.Status is null || job.Status == query.Status) && (after is null || IsOlder(job, after)))
                .OrderByDescending(job => job.CreatedAt).ThenByDescending(job => job.Id, StringComparer.Ordinal)
                .Take(query.Limit).Select(Seen),
        ];

        bool IsOfList(Job job) => job.ApiKeyId == query.ApiKeyId && job.Kind == query.Kind;
    }, cancellationToken);

    public Task<IReadOnlyList<JobState>> StatesAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken) =>
        memory.RunAsync<IReadOnlyList<JobState>>(() =>
        [
            .. ids.Distinct().Select(id => memory.Jobs.GetValueOrDefault(id)).OfType<Job>()
                .Select(job => new JobState(job.Id, job.Status, job.Attempt, job.Progress)),
        ], cancellationToken);

    public Task<Job?> CancelAsync(string id, string? apiKeyId, CancellationToken cancellationToken) => memory.RunAsync(() =>
    {
        if (Own(id, apiKeyId) is not { } job)
        {
            return null;
        }

        if (job.Status == JobStatus.Queued)
        {
            JobCancellation.Cancel(job, memory.Now);
        }
        else if (job.Status == JobStatus.Running)
        {
            job.CancelRequestedAt ??= memory.Now;
        }

        return Seen(job);
    }, cancellationToken);

    public Task<long?> PositionAsync(string id, CancellationToken cancellationToken) => memory.RunAsync<long?>(() =>
    {
        if (!memory.Jobs.TryGetValue(id, out var own) || own.Status != JobStatus.Queued)
        {
            return null;
        }

        var now = memory.Now;
        return memory.Jobs.Values
            .Where(job => job.Status == JobStatus.Queued && job.Kind == own.Kind && job.RunAfter <= now && IsAhead(job, own))
            .Take(IJobStore.MaxPosition).LongCount();
    }, cancellationToken);

    public Task<JobPace> PaceAsync(JobKind kind, CancellationToken cancellationToken) => memory.RunAsync(() =>
    {
        var now = memory.Now;
        var running = 0;
        var ended = new List<(DateTimeOffset At, TimeSpan Ran)>();
        foreach (var job in memory.Jobs.Values.Where(job => job.Kind == kind))
        {
            if (job.Status == JobStatus.Running)
            {
                running++;
            }
            else if (job is { Status: JobStatus.Completed or JobStatus.Failed, CompletedAt: { } at, StartedAt: { } startedAt } && at > now - PaceWindow)
            {
                ended.Add((at, at - startedAt));
            }
        }

        var window = PaceWindow;
        if (ended.Count > PaceSample)
        {
            ended.Sort((one, other) => other.At.CompareTo(one.At));
            ended.RemoveRange(PaceSample, ended.Count - PaceSample);
            window = TimeSpan.FromTicks(Math.Max((now - ended[^1].At).Ticks, TimeSpan.TicksPerMillisecond));
        }

        return new JobPace(ended.Count, window, ended.Count == 0 ? 0 : ended.Average(job => job.Ran.TotalSeconds), running);
    }, cancellationToken);

    /// <summary>A copy of what is told of a job: without request, result and events.</summary>
    internal static Job Seen(Job job)
    {
        var seen = job.Copy();
        seen.Request = [];
        seen.Result = null;
        seen.Events = null;
        return seen;
    }

    private static bool IsAhead(Job job, Job other) =>
        job.QueueAt != other.QueueAt ? job.QueueAt < other.QueueAt : string.CompareOrdinal(job.Id, other.Id) < 0;

    private static bool IsOlder(Job job, Job other) =>
        job.CreatedAt != other.CreatedAt ? job.CreatedAt < other.CreatedAt : string.CompareOrdinal(job.Id, other.Id) < 0;

    private Job? Own(string id, string? apiKeyId) =>
        memory.Jobs.TryGetValue(id, out var job) && (apiKeyId is null || job.ApiKeyId == apiKeyId) ? job : null;

    private void RequireRoom(Job job)
    {
        if (memory.Bytes + job.Request.Length > memory.MaxBytes)
        {
            throw new StoreFullException($"The jobs in memory take {memory.MaxBytes} bytes (Jobs:MaxMemoryBytes).");
        }
    }

    private void ForgetNames()
    {
        if (_names.Count <= FewNames || _names.Count <= 2 * memory.Jobs.Count)
        {
            return;
        }

        foreach (var (name, id) in _names)
        {
            if (!memory.Jobs.ContainsKey(id))
            {
                _names.Remove(name);
            }
        }
    }
}
