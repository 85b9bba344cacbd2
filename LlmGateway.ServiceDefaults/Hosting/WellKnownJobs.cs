using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;

namespace LlmGateway.ServiceDefaults.Hosting;

/// <summary>
/// Section <c>Jobs</c> by the names that queues of other makes use: <c>QUEUE_MAX_ATTEMPTS</c>, <c>QUEUE_BACKOFF_TYPE</c>,
/// <c>QUEUE_REMOVE_ON_COMPLETE</c>. As weak as all well-known names: entries under <c>Jobs</c> win.
/// </summary>
public static class WellKnownJobs
{
    private static readonly (string Name, string Setting)[] Names =
    [
        ("QUEUE_MAX_ATTEMPTS", "Jobs:MaxAttempts"),
        ("QUEUE_BACKOFF_TYPE", "Jobs:Backoff"),
        ("QUEUE_REMOVE_ON_COMPLETE", "Jobs:KeepCompleted"),
    ];

    /// <summary>As entries of <c>Jobs</c>. A value that cannot be used is told at start, under the setting's own name.</summary>
    public static void Add(IConfigurationManager configuration)
    {
        var settings = new Dictionary<string, string?>();
        foreach (var (name, setting) in Names)
        {
            if (configuration[name] is { } value && !string.IsNullOrWhiteSpace(value))
            {
                settings[setting] = value.Trim();
            }
        }

        configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = settings });
    }
}
