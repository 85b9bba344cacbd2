using LlmGateway.Data.Usage;

namespace LlmGateway.Data.Jobs;

/// <summary>
/// Jobs as workers see them. What a worker does to a job is done only while the job's lease is its own: a claim hands out an attempt, and
/// every later call names it. Times are the store's own clock, so that workers' clocks need not agree. A store that does not answer throws
/// <see cref="StoreUnavailableException"/>.
/// </summary>
public interface IJobLeases
{
    /// <summary>
    /// Claims the most urgent job that is due: the first in the queue's order (<see cref="Job.QueueAt"/>) of a queue that is not paused.
    /// </summary>
    /// <returns>The whole job but result and events; null when none is due.</returns>
    Task<Job?> ClaimAsync(JobKind kind, string worker, TimeSpan lease, CancellationToken cancellationToken);

    /// <summary>Prolongs leases and notes progress.</summary>
    /// <returns>Which of the leases are still the worker's; the others are lost.</returns>
    Task<IReadOnlyList<string>> RenewAsync(string worker, TimeSpan lease, IReadOnlyCollection<LeaseRenewal> renewals, CancellationToken cancellationToken);

    /// <summary>Which of these running jobs are to be cancelled.</summary>
    Task<IReadOnlyList<string>> CancelRequestedAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken);

    /// <summary>Ends the job and writes its usage row, both or neither.</summary>
    /// <returns>False when the lease is lost: nothing was written.</returns>
    Task<bool> EndAsync(JobLease lease, JobEnd end, CancellationToken cancellationToken);

    /// <summary>
    /// Puts the job back after a failed attempt, to be tried again after <paramref name="delay"/>; at the last attempt it becomes a dead
    /// letter instead, with <paramref name="end"/> as its end.
    /// </summary>
    /// <param name="lease">The attempt that failed.</param>
    /// <param name="delay">Until the next attempt.</param>
    /// <param name="end">Status <see cref="JobStatus.Failed"/> and the reason.</param>
    Task<RetryResult> RetryAsync(JobLease lease, TimeSpan delay, JobEnd end, CancellationToken cancellationToken);

    /// <summary>Puts the job back to be claimed by whoever is next; does not count as a failure.</summary>
    /// <param name="lease">The attempt that ends.</param>
    /// <param name="delay">Until it may be claimed.</param>
    /// <param name="reason">An OpenAI error document for who looks; null leaves what is there.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>False when the lease is lost.</returns>
    Task<bool> HandBackAsync(JobLease lease, TimeSpan delay, string? reason, CancellationToken cancellationToken);

    /// <summary>
    /// Takes jobs back whose lease ran out: each waits again after <paramref name="delay"/>, or is a dead letter at its last attempt; one
    /// whose cancellation was asked for is cancelled. A batch does not fail by it when its worker got on with it, and one with answers is
    /// put back to be cancelled by a worker, which writes them out.
    /// </summary>
    /// <returns>The jobs, as they are now, without request, result and events.</returns>
    Task<IReadOnlyList<Job>> TakeBackAsync(Func<int, TimeSpan> delay, int limit, CancellationToken cancellationToken);

    /// <summary>Ends jobs that waited or ran beyond <see cref="Job.ExpiresAt"/>; running ones only when nobody holds a lease. Batches are left to their worker.</summary>
    /// <returns>How many.</returns>
    Task<int> ExpireAsync(int limit, CancellationToken cancellationToken);

    /// <summary>Jobs of the kind that could be claimed now, counted up to <paramref name="limit"/>; 0 while the queue is paused.</summary>
    Task<int> CountDueAsync(JobKind kind, int limit, CancellationToken cancellationToken);

    /// <summary>
    /// Deletes jobs that ended longer ago than <paramref name="retention"/> and have no webhook to deliver any more, dead letters after
    /// <paramref name="deadLetterRetention"/>; where <paramref name="keep"/> is set, also all but that many completed jobs of each kind.
    /// </summary>
    /// <returns>How many.</returns>
    Task<int> DeleteEndedAsync(TimeSpan retention, TimeSpan deadLetterRetention, int? keep, int limit, CancellationToken cancellationToken);
}

/// <summary>A claim on a job.</summary>
/// <param name="JobId">The job.</param>
/// <param name="Worker">Who holds it.</param>
/// <param name="Attempt">The attempt it was claimed for.</param>
public readonly record struct JobLease(string JobId, string Worker, int Attempt);

/// <param name="JobId">The job.</param>
/// <param name="Attempt">The attempt.</param>
/// <param name="Progress">From 0 to 1.</param>
public readonly record struct LeaseRenewal(string JobId, int Attempt, double Progress);

/// <summary>How a job ended.</summary>
/// <param name="Status">One of the statuses that are an end.</param>
public sealed record JobEnd(JobStatus Status)
{
    public byte[]? Result { get; init; }

    /// <summary>See <see cref="JobEventArchive"/>.</summary>
    public byte[]? Events { get; init; }

    /// <summary>An OpenAI error document.</summary>
    public string? Error { get; init; }

    /// <summary>The charge. Its id is that of <see cref="Job.ChargeName"/> (<see cref="UsageRecorder.IdOf"/>), so that there is one at most.</summary>
    public UsageRecord? Usage { get; init; }

    /// <summary>Tokens and cost as the client is told them, a JSON object.</summary>
    public string? UsageJson { get; init; }

    public string? OutputFileId { get; init; }

    public string? ErrorFileId { get; init; }
}

public enum RetryResult
{
    /// <summary>It waits for its next attempt.</summary>
    Waiting,

    /// <summary>That was the last attempt.</summary>
    DeadLettered,

    /// <summary>Its cancellation was asked for in the meantime: it has ended as cancelled.</summary>
    Cancelled,

    /// <summary>The lease is lost; nothing was written.</summary>
    Lost,
}
