using LlmGateway.Contracts.Failures;
using LlmGateway.Data.Jobs;

namespace LlmGateway.Api.Admin.Queues;

/// <summary>Counts the queues every few seconds, for the gauges.</summary>
internal sealed partial class QueueWatcher(QueueBoard board, TimeProvider time, ILogger<QueueWatcher> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (board.Queues is not { } queues)
        {
            return;
        }

        var isAway = false;
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            do
            {
                try
                {
                    await board.ReadAsync(queues, stoppingToken);
                    isAway = false;
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    // Told once: the health checks say the rest.
                    if (!Defects.Note(logger, e) && !isAway)
                    {
                        LogAway(e);
                        isAway = true;
                    }
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The queues of jobs cannot be counted.")]
    private partial void LogAway(Exception exception);
}
