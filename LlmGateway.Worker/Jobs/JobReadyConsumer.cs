using LlmGateway.Contracts.Jobs;
using LlmGateway.Data.Jobs;
using MassTransit;
using Microsoft.Extensions.Options;

namespace LlmGateway.Worker.Jobs;

/// <summary>
/// Takes hints from the broker. A hint stays unsettled while its job runs, so that the broker hands a worker no more of them than it has
/// places; that of a batch, which may run for hours, only until the batch has been started.
/// </summary>
internal sealed class JobReadyConsumer(JobSlots slots) : IConsumer<JobReady>
{
    /// <summary>
    /// How long a hint waits for a place: the broker takes back what is not settled within half an hour, and the job may run for most of that
    /// (<see cref="JobProcessingOptions.Timeout"/>).
    /// </summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    public async Task Consume(ConsumeContext<JobReady> context)
    {
        if (Job.KindOf(context.Message.Queue) is not { } kind)
        {
            throw new ArgumentException($"There is no queue '{context.Message.Queue}'.");
        }

        using var bound = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
        bound.CancelAfter(Patience);
        try
        {
            await (kind == JobKind.Batch ? slots.StartNextAsync(kind, bound.Token) : slots.RunNextAsync(kind, bound.Token));
        }
        catch (OperationCanceledException) when (bound.IsCancellationRequested)
        {
            // No place, or the worker stops: the sweeper hints again.
        }
    }
}

internal static class JobConsumers
{
    private const byte HighestPriority = 9;

    public static void AddJobConsumers(this IBusRegistrationConfigurator bus) => bus.AddConsumer<JobReadyConsumer>();

    /// <summary>One queue per kind of job, ordered by priority.</summary>
    public static void ReceiveJobs(this IRabbitMqBusFactoryConfigurator rabbit, IBusRegistrationContext context)
    {
        var options = context.GetRequiredService<IOptions<JobProcessingOptions>>().Value;
        var batches = context.GetRequiredService<IOptions<Batches.BatchOptions>>().Value;
        foreach (var queue in JobQueues.All)
        {
            var places = JobSlots.PlacesOf(Job.KindOf(queue)!.Value, options, batches);
            if (places > 0)
            {
                rabbit.ReceiveEndpoint(JobQueues.BrokerName(queue), endpoint =>
                {
                    endpoint.ConfigureConsumeTopology = false;
                    endpoint.EnablePriority(HighestPriority);
                    endpoint.PrefetchCount = places;
                    endpoint.ConcurrentMessageLimit = places;
                    endpoint.ConfigureConsumer<JobReadyConsumer>(context);
                });
            }
        }
    }
}
