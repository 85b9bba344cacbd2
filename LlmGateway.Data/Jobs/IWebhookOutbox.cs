namespace LlmGateway.Data.Jobs;

/// <summary>
/// Ended jobs whose client is still to be told. A job gets into it when it ends (every store sets <see cref="Job.WebhookRunAfter"/> with the
/// end where there is a <see cref="Job.WebhookUrl"/>). A store that does not answer throws <see cref="StoreUnavailableException"/>.
/// </summary>
public interface IWebhookOutbox
{
    /// <summary>
    /// Takes deliveries that are due. Each is taken by one caller, and is due again after <paramref name="hold"/> unless it is settled
    /// before; the attempt is counted.
    /// </summary>
    /// <returns>The jobs with their results, without request and events.</returns>
    Task<IReadOnlyList<Job>> TakeAsync(int limit, TimeSpan hold, CancellationToken cancellationToken);

    /// <summary>The client was told.</summary>
    Task DeliveredAsync(string jobId, CancellationToken cancellationToken);

    /// <summary>The client could not be told.</summary>
    /// <param name="jobId">The job.</param>
    /// <param name="retryAfter">Until the next try; null to give up.</param>
    /// <param name="reason">Why; shown to the job's owner.</param>
    Task FailedAsync(string jobId, TimeSpan? retryAfter, string reason, CancellationToken cancellationToken);
}
