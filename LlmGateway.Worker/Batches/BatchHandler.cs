using LlmGateway.Core.Errors;
using LlmGateway.Data.Jobs;
using LlmGateway.Worker.Jobs;

namespace LlmGateway.Worker.Batches;

/// <summary>
/// Works a batch off: the input file is checked line by line, the lines are answered, the output files are written. Everything it has done
/// is in the store, so that whoever claims the batch next goes on where this worker was stopped.
/// </summary>
internal sealed partial class BatchHandler(
    BatchValidator validator, BatchRunner runner, BatchOutput output, IBatchItems items, StoreRetry retry, TimeProvider time, ILogger<BatchHandler> logger) : IJobHandler
{
    private const string CancelledError = """{"code":"batch_cancelled","message":"The batch was cancelled before this request was executed."}""";

    private const string ExpiredError = """{"code":"batch_expired","message":"This request could not be executed before the completion window expired."}""";

    public JobKind Kind => JobKind.Batch;

    /// <summary>
    /// A batch that is cancelled still has to write what was answered: after that reason the outcome is <see cref="JobOutcome.Ended"/> and
    /// counts. After every other reason nothing that is given back means anything.
    /// </summary>
    public async Task<JobOutcome> RunAsync(RunningJob job)
    {
        using var hard = new CancellationTokenSource();
        await using var onStop = job.Stop.Register(() =>
        {
            if (IsToStop(job))
            {
                hard.Cancel();
            }
        });
        using var expiry = Expiry(job.Row);
        using var soft = CancellationTokenSource.CreateLinkedTokenSource(job.Stop, expiry.Token);
        try
        {
            var run = new Run(job, soft.Token, hard.Token, expiry.Token);
            return await AnswerAsync(run) ?? await FinishAsync(run);
        }
        catch (LeaseLostException)
        {
            LogLost(job.Row.Id);
            return Unfinished();
        }
        catch (OperationCanceledException) when (IsToStop(job))
        {
            return Unfinished();
        }
    }

    /// <summary>Checks and answers what is still to be.</summary>
    /// <returns>An outcome when the batch ends with that.</returns>
    private async Task<JobOutcome?> AnswerAsync(Run run)
    {
        var job = run.Job;
        if (job.Row.Phase == BatchPhase.Finalizing || job.Row.CancelRequestedAt is not null)
        {
            return null;
        }

        try
        {
            var total = job.Row.ItemsTotal;
            if (job.Row.Phase != BatchPhase.InProgress)
            {
                run.IsChecked = false;
                (total, var errors) = await validator.RunAsync(job, run.Soft);
                if (errors.Count > 0)
                {
                    return new JobOutcome.Ended(new JobEnd(JobStatus.Failed) { Error = BatchError.Document(errors) });
                }

                await SetPhaseAsync(run, BatchPhase.InProgress, total);
                run.IsChecked = true;
            }

            await runner.RunAsync(job, total, run.Soft, run.Hard);
        }
        catch (OperationCanceledException) when (run.Soft.IsCancellationRequested)
        {
        }

        // By the reason, which is there before any token fires: what is not whole must not be finished.
        return IsToStop(job) ? throw new OperationCanceledException() : null;
    }

    /// <summary>Ends the lines that nobody will ask any more, and writes the files.</summary>
    private async Task<JobOutcome> FinishAsync(Run run)
    {
        var job = run.Job;
        if (run.IsCancelled)
        {
            await EndOpenAsync(run, JobStatus.Cancelled, CancelledError);
        }
        else if (run.Expiry.IsCancellationRequested)
        {
            await EndOpenAsync(run, JobStatus.Expired, ExpiredError);
        }

        await SetPhaseAsync(run, BatchPhase.Finalizing, null);
        var files = await output.WriteAsync(job, run.Hard);
        var status = run.IsCancelled ? JobStatus.Cancelled
            : files.HasExpired || !run.IsChecked ? JobStatus.Expired
            : JobStatus.Completed;
        return new JobOutcome.Ended(new JobEnd(status) { OutputFileId = files.OutputFileId, ErrorFileId = files.ErrorFileId });
    }

    private async Task SetPhaseAsync(Run run, BatchPhase phase, int? total) => LeaseLostException.ThrowUnless(
        await retry.RunAsync(token => items.SetPhaseAsync(run.Job.Lease, phase, total, token), run.Hard));

    private async Task EndOpenAsync(Run run, JobStatus status, string error) => LeaseLostException.ThrowUnless(
        await retry.RunAsync(token => items.EndOpenAsync(run.Job.Lease, status, error, token), run.Hard));

    private CancellationTokenSource Expiry(Job row)
    {
        if (row.ExpiresAt is not { } at)
        {
            return new CancellationTokenSource();
        }

        // Between two times of the store: this machine's clock may be wrong.
        var left = at - (row.ClaimedAt ?? time.GetUtcNow());
        var source = new CancellationTokenSource(left > TimeSpan.Zero ? left : Timeout.InfiniteTimeSpan, time);
        if (left <= TimeSpan.Zero)
        {
            source.Cancel();
        }

        return source;
    }

    /// <summary>Nothing is to be done any more, not even what a cancelled batch still needs.</summary>
    private static bool IsToStop(RunningJob job) => job.Reason is not (StopReason.None or StopReason.Cancelled);

    private static JobOutcome.Failed Unfinished()
    {
        var error = new GatewayError(GatewayErrorCode.WorkerLost, "The worker that ran the batch stopped before it was done.");
        return new JobOutcome.Failed(error, JobOutcomes.End(JobStatus.Failed, error));
    }

    [LoggerMessage(LogLevel.Warning, "The lease of batch {BatchId} is lost; another worker goes on with it.")]
    private partial void LogLost(string batchId);

    /// <summary>A batch in the hands of this worker.</summary>
    /// <param name="job">The batch.</param>
    /// <param name="soft">No more lines are to be asked.</param>
    /// <param name="hard">Nothing is to be done any more.</param>
    /// <param name="expiry">Its time is over.</param>
    private sealed class Run(RunningJob job, CancellationToken soft, CancellationToken hard, CancellationToken expiry)
    {
        public RunningJob Job => job;

        public CancellationToken Soft => soft;

        public CancellationToken Hard => hard;

        public CancellationToken Expiry => expiry;

        public bool IsCancelled => job.Reason == StopReason.Cancelled || job.Row.CancelRequestedAt is not null;

        /// <summary>The whole input file has been looked at.</summary>
        public bool IsChecked { get; set; } = true;
    }
}
