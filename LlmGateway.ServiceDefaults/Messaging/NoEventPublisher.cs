using LlmGateway.Contracts.Events;

namespace LlmGateway.ServiceDefaults.Messaging;

/// <summary>Without a broker nobody could receive anything.</summary>
internal sealed class NoEventPublisher : IEventPublisher
{
    public void Publish<T>(T message) where T : class
    {
    }
}
