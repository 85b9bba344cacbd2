using System.Collections.Concurrent;
using LlmGateway.Contracts.Jobs;
using LlmGateway.Data.Audit;
using LlmGateway.Data.Jobs;
using LlmGateway.Data.Journal;
using LlmGateway.ServiceDefaults.Jobs;

namespace LlmGateway.Api.Tests.Admin;

/// <summary>Queues in a list, which can be away.</summary>
internal sealed class FakeJobQueues : IJobQueues
{
    private readonly Lock _lock = new();
    private readonly List<Job> _letters = [];
    private readonly HashSet<JobKind> _paused = [];
    private int _counted;

    public static DateTimeOffset PausedAt { get; } = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public bool IsAway { get; set; }

    /// <summary>Set, figures wait for it.</summary>
    public TaskCompletionSource? Hold { get; set; }

    public int Counted => Volatile.Read(ref _counted);

    public Dictionary<JobKind, int> Waiting { get; } = new() { [JobKind.Chat] = 7, [JobKind.Embeddings] = 0, [JobKind.Batch] = 1 };

    public string? PausedBy { get; private set; }

    public IReadOnlyList<string> LetterIds => Under(() => _letters.Select(l => l.Id).ToArray());

    public void Add(string id, JobKind kind, string request = """{"model":"m","messages":[]}""", string? error = """{"error":{"message":"No provider.","type":"server_error","param":null,"code":"upstream_unavailable"}}""") => Under(() =>
    {
        _letters.Insert(0, new Job
        {
            Id = id, Kind = kind, Status = JobStatus.Failed, Model = "m", ApiKeyId = "team-a", Owner = "ana", Request = System.Text.Encoding.UTF8.GetBytes(request), Error = error,
            Attempt = 4, Failures = 3, MaxAttempts = 3, QueueAt = PausedAt, RunAfter = PausedAt, CreatedAt = PausedAt, StartedAt = PausedAt, CompletedAt = PausedAt, DeadLetteredAt = PausedAt,
        });
        return true;
    });

    public async Task<IReadOnlyList<QueueFigures>> FiguresAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _counted);
        if (Hold is { } hold)
        {
            await hold.Task;
        }

        // Embeddings are left out while there is nothing of them, to see that they are shown all the same.
        return Under(() => new[] { JobKind.Batch, JobKind.Chat, JobKind.Embeddings }.Where(kind => kind != JobKind.Embeddings || _letters.Any(l => l.Kind == kind)).Select(kind => new QueueFigures(
            kind, Waiting[kind], 2, 3, 4, 5, 6, _letters.Count(l => l.Kind == kind), kind == JobKind.Chat ? DateTimeOffset.UnixEpoch : null, _paused.Contains(kind) ? PausedAt : null)).ToArray());
    }

    public Task<bool> PauseAsync(JobKind kind, string? by, CancellationToken cancellationToken) => Async(() =>
    {
        PausedBy = by;
        return _paused.Add(kind);
    });

    public Task<bool> ResumeAsync(JobKind kind, CancellationToken cancellationToken) => Async(() => _paused.Remove(kind));

    public Task<int> ClearAsync(JobKind kind, CancellationToken cancellationToken) => Async(() =>
    {
        var waiting = Waiting[kind];
        Waiting[kind] = 0;
        return waiting;
    });

    public Task<IReadOnlyList<Job>> DeadLettersAsync(JobKind? kind, int limit, string? after, CancellationToken cancellationToken) => Async<IReadOnlyList<Job>>(() =>
        [.. _letters.Where(l => kind is null || l.Kind == kind).SkipWhile(l => after is not null && l.Id != after).Skip(after is null ? 0 : 1).Take(limit)]);

    public Task<Job?> DeadLetterAsync(string id, CancellationToken cancellationToken) => Async(() => _letters.FirstOrDefault(l => l.Id == id));

    public Task<IReadOnlyList<string>> ReplayAsync(JobKind? kind, IReadOnlyCollection<string>? ids, CancellationToken cancellationToken) => Async<IReadOnlyList<string>>(() => Take(kind, ids));

    public Task<int> PurgeAsync(JobKind? kind, IReadOnlyCollection<string>? ids, CancellationToken cancellationToken) => Async(() => Take(kind, ids).Length);

    private string[] Take(JobKind? kind, IReadOnlyCollection<string>? ids)
    {
        var taken = _letters.Where(l => (kind is null || l.Kind == kind) && (ids is null || ids.Contains(l.Id))).Select(l => l.Id).ToArray();
        _letters.RemoveAll(l => taken.Contains(l.Id));
        return taken;
    }

    private Task<T> Async<T>(Func<T> work)
    {
        try
        {
            return Task.FromResult(Under(work));
        }
        catch (StoreUnavailableException e)
        {
            return Task.FromException<T>(e);
        }
    }

    private T Under<T>(Func<T> work)
    {
        lock (_lock)
        {
            return IsAway ? throw new StoreUnavailableException("10.0.0.1 is away") : work();
        }
    }
}

/// <summary>Keeps the rows.</summary>
internal sealed class FakeAuditWriter : IRecordWriter<AuditRecord>
{
    private readonly ConcurrentQueue<AuditRecord> _rows = new();

    public IReadOnlyList<AuditRecord> Rows => [.. _rows];

    public void Write(AuditRecord record) => _rows.Enqueue(record);
}

/// <summary>Keeps the hints.</summary>
internal sealed class FakeJobHints : IJobHints
{
    private readonly ConcurrentQueue<JobReady> _sent = new();

    public IReadOnlyList<JobReady> Sent => [.. _sent];

    public void Send(JobReady hint) => _sent.Enqueue(hint);

    public ValueTask<long?> CountAsync(string queue, CancellationToken cancellationToken) => ValueTask.FromResult<long?>(null);
}
