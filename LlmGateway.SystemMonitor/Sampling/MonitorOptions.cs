using System.ComponentModel.DataAnnotations;

namespace LlmGateway.SystemMonitor.Sampling;

/// <summary>The <c>Monitor</c> section.</summary>
public sealed class MonitorOptions
{
    public const string Section = "Monitor";

    /// <summary>Time between two readings; also the time over which the utilization of the processors is taken.</summary>
    /// <value>The default is 1 second.</value>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00", ErrorMessage = "Monitor:SampleInterval must be between {1} and {2}.")]
    public TimeSpan SampleInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The name under which this machine's readings are published.</summary>
    /// <value>Without a value: the machine's own name.</value>
    [StringLength(253, ErrorMessage = "Monitor:HostName must have at most {1} characters.")]
    public string? HostName { get; set; }
}
