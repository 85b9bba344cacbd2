using System.Collections.Concurrent;
using LlmGateway.Data.Jobs;

namespace LlmGateway.Api.Tests.Jobs.Events;

/// <summary>Rows of jobs in memory, as far as following them needs rows.</summary>
internal sealed class FakeJobRows : IJobStore
{
    private static readonly System.Reflection.MethodInfo Clone =
        typeof(object).GetMethod(nameof(MemberwiseClone), System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic)!;

    private readonly ConcurrentDictionary<string, Job> _jobs = new(StringComparer.Ordinal);
    private int _stateQuestions;
    private int _wholeQuestions;

    /// <summary>While set nothing is answered.</summary>
    public volatile bool IsAway;

    /// <summary>What whole jobs are answered after.</summary>
    public Task WholeAnswersAfter { get; set; } = Task.CompletedTask;

    public int StateQuestions => Volatile.Read(ref _stateQuestions);

    public int WholeQuestions => Volatile.Read(ref _wholeQuestions);

    public static Job Running(string id, int attempt = 1, JobKind kind = JobKind.Chat) => new()
    {
        Id = id,
        Kind = kind,
        Status = JobStatus.Running,
        ApiKeyId = "test",
        Model = "m",
        Request = [],
        Attempt = attempt,
        QueueAt = DateTimeOffset.UnixEpoch,
        RunAfter = DateTimeOffset.UnixEpoch,
        CreatedAt = DateTimeOffset.UnixEpoch,
    };

    public Job Put(Job job)
    {
        _jobs[job.Id] = job;
        return job;
    }

    /// <summary>Ends the job the way a worker does it, with these events of its attempt.</summary>
    public void End(string id, JobStatus status, params string[] events) => Change(id, job =>
    {
        job.Progress = status == JobStatus.Completed ? 1 : job.Progress;
        job.Events = events.Length == 0 ? null : JobEventArchive.Write(events.Select(e => (ReadOnlyMemory<byte>)System.Text.Encoding.UTF8.GetBytes(e)));
        job.Error = status == JobStatus.Failed ? """{"error":{"message":"It broke.","type":"server_error","param":null,"code":"internal_error"}}""" : null;
        job.Usage = """{"total_tokens":5}""";
        job.CompletedAt = DateTimeOffset.UnixEpoch;
        job.Status = status;
    });

    public void Change(string id, Action<Job> change)
    {
        lock (_jobs)
        {
            change(_jobs[id]);
        }
    }

    public void Delete(string id) => _jobs.TryRemove(id, out _);

    public Task<Job?> FindAsync(string id, string? apiKeyId, CancellationToken cancellationToken) => Answer(() =>
        _jobs.TryGetValue(id, out var job) && (apiKeyId is null || job.ApiKeyId == apiKeyId) ? job : null);

    public Task<Job?> FindWholeAsync(string id, string? apiKeyId, bool withEvents, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _wholeQuestions);
        Assert.True(withEvents);
        return CopyAsync();

        // Of its own for who asks, as from a database.
        async Task<Job?> CopyAsync()
        {
            await WholeAnswersAfter;
            return await FindAsync(id, apiKeyId, cancellationToken) is { } job ? (Job)Clone.Invoke(job, null)! : null;
        }
    }

    public Task<IReadOnlyList<JobState>> StatesAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _stateQuestions);
        return Answer<IReadOnlyList<JobState>>(() =>
        [
            .. ids.Where(_jobs.ContainsKey).Select(id => _jobs[id]).Select(job => new JobState(job.Id, job.Status, job.Attempt, job.Progress)),
        ]);
    }

    public Task<long?> PositionAsync(string id, CancellationToken cancellationToken) => Answer<long?>(() => 3);

    public Task<JobAddition> AddAsync(Job job, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<Job>> ListAsync(JobListQuery query, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<Job?> CancelAsync(string id, string? apiKeyId, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<JobPace> PaceAsync(JobKind kind, CancellationToken cancellationToken) => throw new NotSupportedException();

    private async Task<T> Answer<T>(Func<T> answer)
    {
        await Task.Yield();
        if (IsAway)
        {
            throw new StoreUnavailableException("The database does not answer.");
        }

        lock (_jobs)
        {
            return answer();
        }
    }
}
