using Microsoft.Extensions.Options;

namespace LlmGateway.Worker.Jobs;

/// <summary>
/// The first thing when the worker is asked to stop, while everything that a running job needs is still there: starts no further job, gives
/// the running ones some time, and hands back those that need longer.
/// </summary>
internal sealed partial class JobDrain(JobSlots slots, LeaseKeeper keeper, IOptions<JobProcessingOptions> options, TimeProvider time, ILogger<JobDrain> logger)
    : IHostedLifecycleService
{
    /// <summary>How long handing back may take.</summary>
    internal static readonly TimeSpan HandBackTimeout = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(20);

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        slots.Close();
        await EmptyAsync(options.Value.DrainTimeout, cancellationToken);
        if (slots.AreBusy)
        {
            LogHandBack(keeper.Count);
            foreach (var job in keeper.Running)
            {
                job.RequestStop(StopReason.Shutdown);
            }

            await EmptyAsync(HandBackTimeout, cancellationToken);
        }

        slots.Finish();
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Returns when no job runs or is being claimed any more, or after <paramref name="bound"/>.</summary>
    private async Task EmptyAsync(TimeSpan bound, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (slots.AreBusy && time.GetElapsedTime(started) < bound && !cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(LookAgain, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(LogLevel.Information, "{Count} running jobs are handed back to the queue")]
    private partial void LogHandBack(int count);
}
