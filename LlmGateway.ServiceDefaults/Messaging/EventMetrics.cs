using System.Diagnostics.Metrics;

namespace LlmGateway.ServiceDefaults.Messaging;

/// <summary>What became of the events that were handed to the publisher.</summary>
internal static class EventMetrics
{
    public const string MeterName = "LlmGateway.Messaging";
    public const string Published = "published";
    public const string Dropped = "dropped";

    private static readonly Meter Meter = new(MeterName);

    private static readonly Counter<long> Events = Meter.CreateCounter<long>(
        "llm_gateway.events", "{event}", "Events for the bus, by type and by what became of them");

    public static void Count(object message, string outcome) =>
        Events.Add(1, new("type", message.GetType().Name), new("outcome", outcome));
}
