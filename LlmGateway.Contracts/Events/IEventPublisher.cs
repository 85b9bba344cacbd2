namespace LlmGateway.Contracts.Events;

/// <summary>Tells other programs what happened, off the hands of whoever serves a request.</summary>
public interface IEventPublisher
{
    /// <summary>
    /// Accepts the event and returns at once; never throws. It waits in memory while the broker is away, and is counted and dropped when
    /// too many wait. It may arrive more than once, under the same message id, and out of order.
    /// </summary>
    void Publish<T>(T message) where T : class;
}
