namespace LlmGateway.Data.Jobs;

/// <summary>The queues as operators see them. A store that does not answer throws <see cref="StoreUnavailableException"/>.</summary>
public interface IJobQueues
{
    /// <summary>Figures of every queue, those without jobs included.</summary>
    Task<IReadOnlyList<QueueFigures>> FiguresAsync(CancellationToken cancellationToken);

    /// <summary>No job of the queue is started from now on; running ones go on.</summary>
    /// <returns>False when it was paused already.</returns>
    Task<bool> PauseAsync(JobKind kind, string? by, CancellationToken cancellationToken);

    /// <returns>False when it was not paused.</returns>
    Task<bool> ResumeAsync(JobKind kind, CancellationToken cancellationToken);

    /// <summary>Cancels every job that waits in the queue, those that come while it is at work left out. A batch with answers is ended by the next worker.</summary>
    /// <returns>How many.</returns>
    Task<int> ClearAsync(JobKind kind, CancellationToken cancellationToken);

    /// <summary>Dead letters, those of last come first, without request, result and events.</summary>
    /// <param name="kind">Of which queue; null for all.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="after">The id of the last one of the page before; null for the first page. Nothing comes after what is no dead letter.</param>
    Task<IReadOnlyList<Job>> DeadLettersAsync(JobKind? kind, int limit, string? after, CancellationToken cancellationToken);

    /// <summary>The whole dead letter with its request; null when there is none of this id.</summary>
    Task<Job?> DeadLetterAsync(string id, CancellationToken cancellationToken);

    /// <summary>
    /// Has dead letters run again, as if they had never failed: they wait at the place in the queue that their age gives them, with all
    /// their attempts before them. The usage row of the failure stays, and the next end gets one of its own (<see cref="Job.ChargeName"/>).
    /// </summary>
    /// <param name="kind">Of which queue; null for all.</param>
    /// <param name="ids">Which; null for all.</param>
    /// <returns>Their ids.</returns>
    Task<IReadOnlyList<string>> ReplayAsync(JobKind? kind, IReadOnlyCollection<string>? ids, CancellationToken cancellationToken);

    /// <summary>Deletes dead letters.</summary>
    /// <inheritdoc cref="ReplayAsync"/>
    /// <returns>How many.</returns>
    Task<int> PurgeAsync(JobKind? kind, IReadOnlyCollection<string>? ids, CancellationToken cancellationToken);
}

/// <param name="Kind">The queue.</param>
/// <param name="Waiting">Jobs that can be started.</param>
/// <param name="Delayed">Jobs that wait for their next attempt.</param>
/// <param name="Active">Jobs that run.</param>
/// <param name="Completed">Completed ones that are still kept.</param>
/// <param name="Failed">Failed ones that are still kept, dead letters included.</param>
/// <param name="Cancelled">Cancelled and expired ones that are still kept.</param>
/// <param name="DeadLetters">Of the failed ones, those that may be replayed.</param>
/// <param name="OldestWaiting">When the job came that has waited longest; null when none waits.</param>
/// <param name="PausedAt">Since when the queue is paused; null while it runs.</param>
public sealed record QueueFigures(
    JobKind Kind, long Waiting, long Delayed, long Active, long Completed, long Failed, long Cancelled, long DeadLetters, DateTimeOffset? OldestWaiting, DateTimeOffset? PausedAt);
