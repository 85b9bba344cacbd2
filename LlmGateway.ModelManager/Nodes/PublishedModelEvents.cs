using LlmGateway.Contracts.Events;
using LlmGateway.ServiceDefaults.Messaging;

namespace LlmGateway.ModelManager.Nodes;

/// <summary>Tells it in the log and on the bus.</summary>
internal sealed class PublishedModelEvents(IEventPublisher events, LoggedModelEvents log) : IModelEvents
{
    public void Loaded(ModelLoaded loaded)
    {
        log.Loaded(loaded);
        events.Publish(loaded);
    }

    public void Unloaded(ModelUnloaded unloaded)
    {
        log.Unloaded(unloaded);
        events.Publish(unloaded);
    }
}
