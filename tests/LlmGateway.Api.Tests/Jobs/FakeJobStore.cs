using LlmGateway.Data.Jobs;

namespace LlmGateway.Api.Tests.Jobs;

/// <summary>Jobs in a list, and whatever a test wants of them.</summary>
internal sealed class FakeJobStore : IJobStore
{
    private readonly Lock _gate = new();
    private readonly List<Job> _jobs = [];

    /// <summary>Every call fails.</summary>
    public bool IsAway { get; set; }

    public int Calls { get; private set; }

    public int PaceCalls { get; private set; }

    public JobPace Pace { get; set; } = new(0, TimeSpan.FromMinutes(5), 0, 0);

    public long? Position { get; set; } = 0;

    public IReadOnlyList<Job> Jobs => Locked(() => _jobs.ToArray());

    public Job this[string id] => Jobs.Single(j => j.Id == id);

    public void Put(Job job) => Locked(() => _jobs.Add(job));

    public Task<JobAddition> AddAsync(Job job, CancellationToken cancellationToken) => CallAsync(() =>
    {
        if (job.IdempotencyKey is { } key && _jobs.Find(j => j.ApiKeyId == job.ApiKeyId && j.IdempotencyKey == key) is { } known)
        {
            return new JobAddition(known.IdempotencyHash.AsSpan().SequenceEqual(job.IdempotencyHash) ? JobAdditionKind.Repeated : JobAdditionKind.Conflict, known);
        }

        _jobs.Add(job);
        return new JobAddition(JobAdditionKind.Added, job);
    });

    public Task<Job?> FindAsync(string id, string? apiKeyId, CancellationToken cancellationToken) => CallAsync(() => Find(id, apiKeyId));

    public Task<Job?> FindWholeAsync(string id, string? apiKeyId, bool withEvents, CancellationToken cancellationToken) => CallAsync(() => Find(id, apiKeyId));

    public Task<IReadOnlyList<Job>> ListAsync(JobListQuery query, CancellationToken cancellationToken) => CallAsync<IReadOnlyList<Job>>(() => [.. _jobs
        .Where(j => j.ApiKeyId == query.ApiKeyId && j.Kind == query.Kind && (query.Status is null || j.Status == query.Status))
        .OrderByDescending(j => j.Id, StringComparer.Ordinal)
        .Where(j => query.After is null || string.CompareOrdinal(j.Id, query.After) < 0)
        .Take(query.Limit)]);

    public Task<IReadOnlyList<JobState>> StatesAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<Job?> CancelAsync(string id, string? apiKeyId, CancellationToken cancellationToken) => CallAsync(() =>
    {
        var job = Find(id, apiKeyId);
        if (job is { HasEnded: false })
        {
            job.CancelRequestedAt = DateTimeOffset.UnixEpoch;
            if (job.Status == JobStatus.Queued)
            {
                job.Status = JobStatus.Cancelled;
                job.CompletedAt = DateTimeOffset.UnixEpoch;
            }
        }

        return job;
    });

    public Task<long?> PositionAsync(string id, CancellationToken cancellationToken) => CallAsync(() => Position);

    public Task<JobPace> PaceAsync(JobKind kind, CancellationToken cancellationToken) => CallAsync(() =>
    {
        PaceCalls++;
        return Pace;
    });

    private Job? Find(string id, string? apiKeyId) => _jobs.Find(j => j.Id == id && (apiKeyId is null || j.ApiKeyId == apiKeyId));

    private Task<T> CallAsync<T>(Func<T> call) => Locked(() =>
    {
        Calls++;
        return IsAway ? Task.FromException<T>(new StoreUnavailableException("The database does not answer.")) : Task.FromResult(call());
    });

    private T Locked<T>(Func<T> call)
    {
        lock (_gate)
        {
            return call();
        }
    }

    private void Locked(Action call) => Locked(() =>
    {
        call();
        return 0;
    });
}
