using LlmGateway.Contracts.Failures;
using LlmGateway.Contracts.Jobs;
using LlmGateway.Data.Jobs;
using LlmGateway.ServiceDefaults.Jobs;
using Microsoft.Extensions.Options;

namespace LlmGateway.Worker.Jobs;

/// <summary>
/// Sees to it that no job stands: takes jobs back whose worker was lost, ends those whose time is over, and sees that there are as many hints
/// as jobs to claim. Every worker does so; what two do at once does no harm.
/// </summary>
internal sealed partial class JobSweeper(
    IJobLeases leases, HintKeeper hints, IJobEventLog log, IOptions<JobOptions> jobs, IOptions<JobProcessingOptions> options, TimeProvider time, ILogger<JobSweeper> logger)
    : BackgroundService
{
    private const int MostTakenBack = 100;
    private const int MostExpired = 1000;

    private volatile bool _healthy = true;

    /// <summary>When the store was last found to be back; 0 for never.</summary>
    private long _back;

    /// <summary>The last look at the store went well.</summary>
    public bool Healthy
    {
        get => _healthy;
        private set => _healthy = value;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.SweepInterval, time);
        try
        {
            do
            {
                await SweepSafelyAsync(stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Another worker sweeps, or this one after its next start.
        }
    }

    private async Task SweepSafelyAsync(CancellationToken stoppingToken)
    {
        try
        {
            await SweepAsync(stoppingToken);
        }
        catch (Exception e) when (e is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
        {
            if (!Defects.Note(logger, e) && Healthy)
            {
                Healthy = false;
                LogAway(e);
            }
        }
    }

    internal async Task SweepAsync(CancellationToken cancellationToken)
    {
        await leases.ExpireAsync(MostExpired, cancellationToken);
        NoteBack();
        // After the store was away nobody could renew a lease, and those who are there still get the time to.
        if (_back == 0 || time.GetElapsedTime(_back) >= options.Value.Lease)
        {
            await TakeBackAsync(cancellationToken);
        }

        foreach (var queue in JobQueues.All)
        {
            await hints.TopUpAsync(queue, cancellationToken);
        }
    }

    private void NoteBack()
    {
        if (!Healthy)
        {
            Healthy = true;
            _back = time.GetTimestamp();
            LogBack();
        }
    }

    private async Task TakeBackAsync(CancellationToken cancellationToken)
    {
        foreach (var job in await leases.TakeBackAsync(jobs.Value.BackoffAfter, MostTakenBack, cancellationToken))
        {
            LogTakenBack(job.Id, job.Status, job.Failures);
            await TellAsync(job.Id, cancellationToken);
        }
    }

    private async Task TellAsync(string jobId, CancellationToken cancellationToken)
    {
        try
        {
            await log.NotifyAsync(jobId, cancellationToken);
        }
        catch (JobLogUnavailableException)
        {
            // Followers look by themselves.
        }
    }

    [LoggerMessage(LogLevel.Warning, "Job {JobId} was taken back from a worker that was lost; it is {Status} now; failures: {Failures}")]
    private partial void LogTakenBack(string jobId, JobStatus status, int failures);

    [LoggerMessage(LogLevel.Warning, "Jobs cannot be looked after at the moment; none is lost meanwhile")]
    private partial void LogAway(Exception exception);

    [LoggerMessage(LogLevel.Information, "Jobs are looked after again")]
    private partial void LogBack();
}
