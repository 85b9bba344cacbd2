using LlmGateway.Contracts.Events;
using MassTransit;

namespace LlmGateway.ServiceDefaults.Messaging;

/// <summary>Every event has a durable fanout exchange of its name. They are made at start, so that others can bind before the first event.</summary>
internal static class EventTopology
{
    public static void Apply(IRabbitMqBusFactoryConfigurator rabbit)
    {
        Published<RequestStarted>(rabbit, EventNames.RequestStarted);
        Published<RequestCompleted>(rabbit, EventNames.RequestCompleted);
        Published<RequestFailed>(rabbit, EventNames.RequestFailed);
        Published<ModelLoaded>(rabbit, EventNames.ModelLoaded);
        Published<ModelUnloaded>(rabbit, EventNames.ModelUnloaded);
        rabbit.Message<UserDeleted>(message => message.SetEntityName(EventNames.UserDeleted));
        rabbit.Message<UserRoleChanged>(message => message.SetEntityName(EventNames.UserRoleChanged));
        rabbit.DeployPublishTopology = true;
    }

    private static void Published<T>(IRabbitMqBusFactoryConfigurator rabbit, string name) where T : class
    {
        rabbit.Message<T>(message => message.SetEntityName(name));
        rabbit.Publish<T>();
    }
}
