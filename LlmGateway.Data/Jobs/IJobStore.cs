using LlmGateway.Contracts.Failures;

namespace LlmGateway.Data.Jobs;

/// <summary>
/// Jobs as their clients see them. Every call ends when its token fires. A store that does not answer throws
/// <see cref="StoreUnavailableException"/>, and nothing is known then about what became of a change.
/// </summary>
public interface IJobStore
{
    /// <summary>How far <see cref="PositionAsync"/> counts: a job further behind is told this.</summary>
    const int MaxPosition = 10_000;

    /// <summary>
    /// Accepts the job. It is lost no more when this returns. Its times are the store's: of those given only how far
    /// <see cref="Job.QueueAt"/> and <see cref="Job.ExpiresAt"/> lie behind <see cref="Job.CreatedAt"/> counts.
    /// </summary>
    Task<JobAddition> AddAsync(Job job, CancellationToken cancellationToken);

    /// <summary>The job without request, result and events; null when there is none, or not of this key.</summary>
    /// <param name="id">The job.</param>
    /// <param name="apiKeyId">Whose it must be; null finds everybody's.</param>
    Task<Job?> FindAsync(string id, string? apiKeyId, CancellationToken cancellationToken);

    /// <summary>The job with its result, and with its events where asked for.</summary>
    /// <inheritdoc cref="FindAsync"/>
    Task<Job?> FindWholeAsync(string id, string? apiKeyId, bool withEvents, CancellationToken cancellationToken);

    /// <summary>Jobs of one key, newest first, without request, result and events.</summary>
    Task<IReadOnlyList<Job>> ListAsync(JobListQuery query, CancellationToken cancellationToken);

    /// <summary>Status, attempt and progress of these jobs, whoever owns them; jobs that are gone are left out.</summary>
    Task<IReadOnlyList<JobState>> StatesAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken);

    /// <summary>Cancels a job that waits, at once, and asks for the end of one that runs. An ended job stays as it is.</summary>
    /// <returns>The job afterwards, as <see cref="FindAsync"/> gives it.</returns>
    Task<Job?> CancelAsync(string id, string? apiKeyId, CancellationToken cancellationToken);

    /// <summary>
    /// Jobs that will be started before this one as things stand: 0 for the next, <see cref="MaxPosition"/> for so many or more; null
    /// when it does not wait.
    /// </summary>
    Task<long?> PositionAsync(string id, CancellationToken cancellationToken);

    /// <summary>
    /// Jobs of the kind that were completed or failed within the last five minutes and how long they ran, for estimates. Where that is
    /// a great many, only the last of them and the shorter time within which they ended.
    /// </summary>
    Task<JobPace> PaceAsync(JobKind kind, CancellationToken cancellationToken);
}

/// <summary>The place where jobs are kept does not answer.</summary>
public sealed class StoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner), IOutage;

/// <summary>There is no room for another job where jobs are kept in memory.</summary>
public sealed class StoreFullException(string message) : Exception(message);

/// <summary>What became of a new job.</summary>
public enum JobAdditionKind
{
    /// <summary>It is stored.</summary>
    Added,

    /// <summary>The same request came before under the same idempotency key; that job is given back.</summary>
    Repeated,

    /// <summary>Another request came before under the same idempotency key.</summary>
    Conflict,
}

/// <param name="Kind">What became of it.</param>
/// <param name="Job">The job that is there now, without request, result and events.</param>
public readonly record struct JobAddition(JobAdditionKind Kind, Job Job);

/// <param name="ApiKeyId">Whose jobs; null for those without a key, of an anonymous gateway.</param>
/// <param name="Kind">Which.</param>
/// <param name="Limit">At most so many.</param>
/// <param name="After">
/// The id of the last job of the page before; null for the first page. Nothing comes after a job that is not among this key's jobs of this kind.
/// </param>
/// <param name="Status">Only these; null for all.</param>
public sealed record JobListQuery(string? ApiKeyId, JobKind Kind, int Limit, string? After = null, JobStatus? Status = null);

public readonly record struct JobState(string Id, JobStatus Status, int Attempt, double Progress);

/// <param name="Ended">How many ended.</param>
/// <param name="Window">Within which time.</param>
/// <param name="MeanSeconds">How long they ran on average; 0 when none ended.</param>
/// <param name="Running">How many run now.</param>
public readonly record struct JobPace(long Ended, TimeSpan Window, double MeanSeconds, long Running);
