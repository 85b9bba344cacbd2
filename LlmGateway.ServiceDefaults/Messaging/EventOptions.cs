using System.ComponentModel.DataAnnotations;

namespace LlmGateway.ServiceDefaults.Messaging;

/// <summary>Section <c>Events</c>: how events reach the broker of connection string <c>rabbitmq</c>.</summary>
public sealed class EventOptions
{
    public const string Section = "Events";

    /// <summary>Events that may wait in memory while the broker is away or slow; further ones are counted and dropped.</summary>
    /// <value>10,000</value>
    [Range(1, 1_000_000)]
    public int Capacity { get; set; } = 10_000;

    /// <summary>How long the broker may take to confirm an event before it is sent again.</summary>
    /// <value>2 seconds</value>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan PublishTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How often a broker that is away is tried again.</summary>
    /// <value>1 second</value>
    [Range(typeof(TimeSpan), "00:00:00.01", "00:10:00")]
    public TimeSpan RetryInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a host that stops waits until the events it holds have been sent.</summary>
    /// <value>5 seconds</value>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(5);
}
