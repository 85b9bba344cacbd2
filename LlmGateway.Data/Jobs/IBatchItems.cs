using LlmGateway.Data.Usage;

namespace LlmGateway.Data.Jobs;

/// <summary>
/// The lines of a batch as the worker sees them that holds the batch's lease. Every change names the lease and does nothing when it is
/// lost (<see langword="false"/>). A store that does not answer throws <see cref="StoreUnavailableException"/>.
/// </summary>
public interface IBatchItems
{
    /// <summary>Takes lines in. Those that are there already, by their number, are left alone, so that reading may begin again.</summary>
    /// <returns>Custom ids that another line has already; nothing was added when there are any. Null when the lease is lost.</returns>
    Task<IReadOnlyList<string>?> AddAsync(JobLease lease, IReadOnlyList<JobItem> items, CancellationToken cancellationToken);

    /// <summary>Sets the phase, and with <see cref="BatchPhase.InProgress"/> how many lines there are.</summary>
    Task<bool> SetPhaseAsync(JobLease lease, BatchPhase phase, int? itemsTotal, CancellationToken cancellationToken);

    /// <summary>Lines that have no answer yet, in their order.</summary>
    /// <param name="jobId">The batch.</param>
    /// <param name="afterLine">Only lines behind this one; 0 for all.</param>
    /// <param name="limit">At most so many. There are fewer when they are large; only where nothing follows there are none.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<IReadOnlyList<JobItem>> OpenAsync(string jobId, int afterLine, int limit, CancellationToken cancellationToken);

    /// <summary>
    /// Writes answers, their usage rows and the batch's counts, all or nothing. A line that has an answer already keeps it and is neither
    /// counted nor charged again.
    /// </summary>
    Task<bool> EndAsync(JobLease lease, IReadOnlyList<(JobItem Item, UsageRecord? Usage)> ended, CancellationToken cancellationToken);

    /// <summary>
    /// Ends all lines without an answer with this error, an OpenAI error object (the batch was cancelled or has expired). Expired ones are
    /// counted as failed; cancelled ones are not counted.
    /// </summary>
    Task<bool> EndOpenAsync(JobLease lease, JobStatus status, string error, CancellationToken cancellationToken);

    /// <summary>Lines that have ended, in their order, for the output files; without their requests.</summary>
    /// <inheritdoc cref="OpenAsync"/>
    Task<IReadOnlyList<JobItem>> EndedAsync(string jobId, int afterLine, int limit, CancellationToken cancellationToken);
}
