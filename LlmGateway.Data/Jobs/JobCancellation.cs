using LlmGateway.Core.Errors;

namespace LlmGateway.Data.Jobs;

/// <summary>How a job ends that is cancelled; the same in every store and at every worker.</summary>
public static class JobCancellation
{
    /// <summary>The OpenAI error document of a cancelled job.</summary>
    public static readonly string Error = ErrorMapper.Document(new GatewayError(GatewayErrorCode.JobCancelled, "The job was cancelled."));

    /// <summary>
    /// A batch with answers is not ended at once while it waits, but by the next worker, which writes out what the client has paid for.
    /// The same as <see cref="NeedsWorker"/>.
    /// </summary>
    internal const string NeedsWorkerSql = "(kind = 'batch' and items_completed + items_failed > 0)";

    /// <inheritdoc cref="NeedsWorkerSql"/>
    public static bool NeedsWorker(Job job) => job.Kind == JobKind.Batch && job.ItemsCompleted + job.ItemsFailed > 0;

    /// <summary>Cancels a job that waits, or has the next worker do it.</summary>
    internal static void Cancel(Job job, DateTimeOffset now)
    {
        if (NeedsWorker(job))
        {
            job.CancelRequestedAt ??= now;
            return;
        }

        job.Status = JobStatus.Cancelled;
        job.CompletedAt = now;
        job.Error = Error;
        job.WebhookRunAfter = job.WebhookUrl is null ? null : now;
    }
}
