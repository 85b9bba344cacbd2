using LlmGateway.Contracts.Jobs;
using LlmGateway.Data.Jobs;
using LlmGateway.ServiceDefaults.Jobs;

namespace LlmGateway.Worker.Jobs;

/// <summary>Takes hints from within the process: all of them without a broker, the sweeper's while the broker is away.</summary>
internal sealed class LocalHints(InMemoryJobHints hints, JobSlots slots) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(JobQueues.All.Select(queue => TakeAsync(queue, stoppingToken)));

    private async Task TakeAsync(string queue, CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await hints.TakeAsync(queue, stoppingToken);
                // Waits for a place and no longer: the next job of the queue has its own.
                await slots.StartNextAsync(Job.KindOf(queue)!.Value, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // What waits is claimed by others, or after the next start.
        }
    }
}
