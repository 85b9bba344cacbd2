using LlmGateway.Contracts.Failures;
using LlmGateway.Data.Files;
using LlmGateway.Data.Jobs;
using Microsoft.Extensions.Options;

namespace LlmGateway.Worker.Jobs;

/// <summary>Deletes ended jobs and files whose time has come. Every worker does so; what two do at once does no harm.</summary>
internal sealed partial class JobCleaner(
    IJobLeases leases, IFileStore files, IOptions<JobOptions> jobs, IOptions<JobProcessingOptions> options, TimeProvider time, ILogger<JobCleaner> logger)
    : BackgroundService
{
    /// <summary>In slices, so that no statement takes long.</summary>
    private const int Slice = 1000;

    /// <summary>An upload that was not completed in this time never will be.</summary>
    private static readonly TimeSpan AbandonedUpload = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.CleanupInterval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    await CleanAsync(stoppingToken);
                }
                catch (Exception e) when (e is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
                {
                    if (!Defects.Note(logger, e))
                    {
                        LogLater(e.Message);
                    }
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The next worker goes on.
        }
    }

    internal async Task CleanAsync(CancellationToken cancellationToken)
    {
        var settings = jobs.Value;
        while (await leases.DeleteEndedAsync(settings.ResultRetention, settings.DeadLetterRetention, settings.KeepCompleted, Slice, cancellationToken) >= Slice)
        {
            // There is more.
        }

        while (await files.DeleteExpiredAsync(AbandonedUpload, Slice, cancellationToken) >= Slice)
        {
            // There is more.
        }
    }

    [LoggerMessage(LogLevel.Warning, "Old jobs and files could not be deleted: {Reason} They will be")]
    private partial void LogLater(string reason);
}
