using LlmGateway.Core.Errors;
using LlmGateway.Data.Jobs;
using LlmGateway.ServiceDefaults.Jobs;
using LlmGateway.Worker.Webhooks;
using Microsoft.Extensions.Options;

namespace LlmGateway.Worker.Jobs;

/// <summary>What was written about an attempt.</summary>
internal enum SettledAs
{
    /// <summary>Nothing: the lease was lost, or the store did not answer for too long.</summary>
    Nothing,
    Completed,
    Failed,
    Cancelled,
    Expired,

    /// <summary>It waits for its next attempt.</summary>
    Retried,
    DeadLettered,
    HandedBack,
}

/// <summary>
/// Writes what became of an attempt. A store that is away is waited for, since the answer is there and was paid for; whether the job is
/// still this worker's decides the store.
/// </summary>
internal sealed partial class JobSettler(
    IJobLeases leases, IJobEventLog log, IWebhookNudge webhooks, IOptions<JobOptions> jobs, IOptions<JobProcessingOptions> options, TimeProvider time,
    ILogger<JobSettler> logger)
{
    /// <summary>After this somebody else has long begun anew.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    /// <summary>How long the live log remembers a job that has ended, for followers who are about to read its end.</summary>
    private static readonly TimeSpan LogMemory = TimeSpan.FromMinutes(1);

    public async Task<SettledAs> SettleAsync(RunningJob job, JobOutcome outcome)
    {
        // What is done is neither late nor handed back. That it was cancelled or lost counts even while the store is waited for.
        var atEnd = job.Reason;
        var settled = await InsistAsync(
            job, () => WriteAsync(job, job.Reason is var reason && reason is StopReason.Cancelled or StopReason.LeaseLost ? reason : atEnd, outcome));
        if (job.Row.WebhookUrl is not null && HasEnded(settled))
        {
            webhooks.Wake();
        }

        // Even when nothing was written this time: of a write before this one only the answer may have been lost.
        await TellAsync(job.Row.Id, settled);
        return settled;
    }

    private static bool HasEnded(SettledAs settled) =>
        settled is SettledAs.Completed or SettledAs.Failed or SettledAs.Cancelled or SettledAs.Expired or SettledAs.DeadLettered;

    private Task<SettledAs> WriteAsync(RunningJob job, StopReason reason, JobOutcome outcome) => (reason, outcome) switch
    {
        // Done is done, even when somebody asked for the end at the same time. Whether the lease is really lost knows the store: it may only
        // have been away for long.
        (_, JobOutcome.Ended { End.Status: JobStatus.Completed } done) => EndAsync(job, done.End),
        (StopReason.LeaseLost, _) => Task.FromResult(SettledAs.Nothing),
        (StopReason.Cancelled, JobOutcome.Ended { End.Status: JobStatus.Cancelled } cancelled) => EndAsync(job, cancelled.End),
        (StopReason.Cancelled, JobOutcome.Failed failed) => EndAsync(job, Cancelled(failed.End)),
        (StopReason.Cancelled, JobOutcome.Ended ended) => EndAsync(job, Cancelled(ended.End)),
        (StopReason.Shutdown, _) => HandBackAsync(job, TimeSpan.Zero, null, SettledAs.HandedBack),
        (StopReason.TimedOut, JobOutcome.Failed late) => RetryAsync(job, Late(late.End)),
        (StopReason.TimedOut, JobOutcome.Ended late) => RetryAsync(job, Late(late.End)),
        (_, JobOutcome.Ended ended) => EndAsync(job, ended.End),
        (_, JobOutcome.Failed { WasRefused: true } refused) when time.GetUtcNow() - (job.Row.StartedAt ?? job.Row.CreatedAt) < jobs.Value.OutagePatience =>
            HandBackAsync(job, Delay(job.Lease.Attempt, refused.Error), refused.End.Error, SettledAs.Retried),
        (_, JobOutcome.Failed failed) => RetryAsync(job, failed),
        _ => throw new InvalidOperationException($"Outcome {outcome} is unknown."),
    };

    private JobOutcome.Failed Late(JobEnd end)
    {
        var error = JobOutcomes.TimedOut(options.Value.Timeout);
        return new JobOutcome.Failed(error, end with { Status = JobStatus.Failed, Error = ErrorMapper.Document(error) });
    }

    private async Task<SettledAs> EndAsync(RunningJob job, JobEnd end) => await leases.EndAsync(job.Lease, end, CancellationToken.None)
        ? end.Status switch
        {
            JobStatus.Completed => SettledAs.Completed,
            JobStatus.Cancelled => SettledAs.Cancelled,
            JobStatus.Expired => SettledAs.Expired,
            _ => SettledAs.Failed,
        }
        : SettledAs.Nothing;

    /// <summary>What was used and said up to then is kept.</summary>
    private static JobEnd Cancelled(JobEnd end) => JobOutcomes.Cancelled() with { Usage = end.Usage, UsageJson = end.UsageJson, Events = end.Events };

    private async Task<SettledAs> HandBackAsync(RunningJob job, TimeSpan delay, string? reason, SettledAs settled) =>
        await leases.HandBackAsync(job.Lease, delay, reason, CancellationToken.None) ? settled : SettledAs.Nothing;

    private async Task<SettledAs> RetryAsync(RunningJob job, JobOutcome.Failed failed)
    {
        var delay = Delay(job.Row.Failures + 1, failed.Error);
        return await leases.RetryAsync(job.Lease, delay, failed.End, CancellationToken.None) switch
        {
            RetryResult.Waiting => SettledAs.Retried,
            RetryResult.DeadLettered => SettledAs.DeadLettered,
            RetryResult.Cancelled => SettledAs.Cancelled,
            _ => SettledAs.Nothing,
        };
    }

    /// <summary>The wait after the <paramref name="attempt"/>th try.</summary>
    private TimeSpan Delay(int attempt, GatewayError error)
    {
        var delay = jobs.Value.BackoffAfter(attempt);
        // Up to a quarter more, so that jobs that failed together do not come back together.
        delay += delay * (Random.Shared.NextDouble() / 4);
        return error.RetryAfter is { } asked && asked > delay
            ? asked < jobs.Value.MaxBackoff ? asked : jobs.Value.MaxBackoff
            : delay;
    }

    private async Task<SettledAs> InsistAsync(RunningJob job, Func<Task<SettledAs>> write)
    {
        var started = time.GetTimestamp();
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                return await write();
            }
            catch (StoreUnavailableException e)
            {
                if (time.GetElapsedTime(started) > Patience)
                {
                    LogGivenUp(e, job.Row.Id);
                    return SettledAs.Nothing;
                }

                await Task.Delay(pause, time);
            }
        }
    }

    /// <summary>Followers look at the row once a second by themselves: a log that is away costs them no more than that.</summary>
    private async Task TellAsync(string jobId, SettledAs settled)
    {
        try
        {
            await log.NotifyAsync(jobId, CancellationToken.None);
            if (HasEnded(settled))
            {
                await log.ForgetAsync(jobId, LogMemory, CancellationToken.None);
            }
        }
        catch (Exception)
        {
            // The job is settled. The log forgets by itself.
        }
    }

    [LoggerMessage(LogLevel.Error, "What became of job {JobId} could not be written for too long; it will be run again")]
    private partial void LogGivenUp(Exception exception, string jobId);
}
