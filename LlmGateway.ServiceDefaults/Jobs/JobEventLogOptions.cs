using System.ComponentModel.DataAnnotations;

namespace LlmGateway.ServiceDefaults.Jobs;

/// <summary>The <c>Jobs:EventLog</c> section: the live events of running jobs.</summary>
public sealed class JobEventLogOptions
{
    public const string Section = "Jobs:EventLog";

    /// <summary>
    /// How long the events of a running job are kept after the last one came. Should a job be silent for longer, its worker sends them all
    /// again with the next.
    /// </summary>
    /// <value>1 hour</value>
    [Range(typeof(TimeSpan), "00:00:01", "7.00:00:00")]
    public TimeSpan TimeToLive { get; set; } = TimeSpan.FromHours(1);
}
