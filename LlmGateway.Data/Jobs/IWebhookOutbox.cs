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
    /// <param name="limit">At most so many.</param>
    /// <param name="maxResultBytes">Larger results are not read: they are not sent, and would hold up the others.</param>
    /// <param name="hold">How long the caller has.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<IReadOnlyList<DueWebhook>> TakeAsync(int limit, int maxResultBytes, TimeSpan hold, CancellationToken cancellationToken);

    /// <summary>The client was told.</summary>
    /// <param name="jobId">The job.</param>
    /// <param name="endedAt">The end the client was told of, <see cref="Job.CompletedAt"/>. Once the job has another one nothing happens.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task DeliveredAsync(string jobId, DateTimeOffset endedAt, CancellationToken cancellationToken);

    /// <summary>The client could not be told.</summary>
    /// <param name="jobId">The job.</param>
    /// <param name="endedAt">As for <see cref="DeliveredAsync"/>.</param>
    /// <param name="retryAfter">Until the next try; null to give up.</param>
    /// <param name="reason">Why; shown to the job's owner.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task FailedAsync(string jobId, DateTimeOffset endedAt, TimeSpan? retryAfter, string reason, CancellationToken cancellationToken);
}

/// <param name="Job">The ended job with its result, without request and events.</param>
/// <param name="IsResultLeftOut">It has a result, which is larger than asked for.</param>
public sealed record DueWebhook(Job Job, bool IsResultLeftOut);
