namespace LlmGateway.Data.Jobs;

/// <summary>What becomes of a running job that its worker did not end, decided alike by every store.</summary>
/// <param name="Status">Waiting again, or one of the ends.</param>
/// <param name="Failures">How many there are now.</param>
/// <param name="Delay">Until it may be claimed, where it waits.</param>
/// <param name="Error">The error document it has now.</param>
internal readonly record struct PutBack(JobStatus Status, int Failures, TimeSpan Delay, string? Error)
{
    public static PutBack AfterFailure(Job job, TimeSpan delay, string? error)
    {
        var failures = job.Failures + 1;
        var last = failures >= job.MaxAttempts;
        if (IsCancelled(job, last))
        {
            return new(JobStatus.Cancelled, failures, TimeSpan.Zero, JobCancellation.Error);
        }

        return new(last ? JobStatus.Failed : JobStatus.Queued, failures, delay, error);
    }

    public static PutBack AfterLoss(Job job, int itemsAtClaim, Func<int, TimeSpan> delay)
    {
        // A long batch meets many deployments: as long as each worker gets on with it, losing one says nothing about the batch.
        var gotOn = job.Kind == JobKind.Batch && Answered(job) > itemsAtClaim;
        if (!gotOn)
        {
            var counted = job.Failures + 1;
            return AfterFailure(job, counted >= job.MaxAttempts ? TimeSpan.Zero : delay(counted), LeaseErrors.WorkerLost);
        }

        return IsCancelled(job, last: false)
            ? new(JobStatus.Cancelled, job.Failures, TimeSpan.Zero, JobCancellation.Error)
            : new(JobStatus.Queued, job.Failures, delay(Math.Max(1, job.Failures)), LeaseErrors.WorkerLost);
    }

    public static PutBack HandedBack(Job job, TimeSpan delay, string? reason) => IsCancelled(job, last: false)
        ? new(JobStatus.Cancelled, job.Failures, TimeSpan.Zero, JobCancellation.Error)
        : new(JobStatus.Queued, job.Failures, delay, reason ?? job.Error);

    /// <summary>
    /// A batch with answers is cancelled by a worker, which writes them out for the client who has paid for them; it waits for one until
    /// there are no attempts left.
    /// </summary>
    private static bool IsCancelled(Job job, bool last) =>
        job.CancelRequestedAt is not null && (last || !JobCancellation.NeedsWorker(job));

    private static int Answered(Job job) => job.ItemsCompleted + job.ItemsFailed;
}
