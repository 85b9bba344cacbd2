using MassTransit;
using MassTransit.Serialization;

namespace LlmGateway.ServiceDefaults.Messaging;

/// <summary>An event on its way.</summary>
/// <param name="Message">What happened.</param>
/// <param name="Id">The message id, the same however often it is sent.</param>
/// <param name="TraceParent">W3C trace context of whoever published it.</param>
internal readonly record struct QueuedEvent(object Message, Guid Id, string? TraceParent, string? TraceState);

/// <summary>Hands an event to the broker.</summary>
internal interface IEventTransport
{
    /// <summary>Completes when the broker has confirmed it.</summary>
    Task SendAsync(QueuedEvent queued, CancellationToken cancellationToken);
}

/// <summary>
/// Publishes to the exchange of the message's type, as plain JSON: whoever listens need not know this library's envelope. What the
/// envelope would hold stands in headers.
/// </summary>
internal sealed class BusTransport(IBus bus) : IEventTransport
{
    private static readonly SystemTextJsonRawMessageSerializer PlainJson = new(RawSerializerOptions.AddTransportHeaders | RawSerializerOptions.CopyHeaders);

    public Task SendAsync(QueuedEvent queued, CancellationToken cancellationToken) => bus.Publish(
        queued.Message,
        queued.Message.GetType(),
        Pipe.Execute<PublishContext>(context =>
        {
            context.MessageId = queued.Id;
            context.Serializer = PlainJson;
            if (queued.TraceParent is not null)
            {
                context.Headers.Set("traceparent", queued.TraceParent);
                context.Headers.Set("tracestate", queued.TraceState);
            }
        }),
        cancellationToken);
}
