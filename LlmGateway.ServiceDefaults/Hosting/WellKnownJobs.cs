using System.Globalization;
using LlmGateway.Settings.Reading;
using Microsoft.Extensions.Configuration;

namespace LlmGateway.ServiceDefaults.Hosting;

/// <summary>
/// Sections <c>Jobs</c>, <c>Worker</c> and <c>Batches</c> by the names that queues and workers of other makes use, such as
/// <c>QUEUE_MAX_ATTEMPTS</c> and <c>WORKER_CONCURRENCY</c>. As weak as all well-known names: entries of the sections win.
/// </summary>
public static class WellKnownJobs
{
    /// <summary>Of two names for one setting the later one wins.</summary>
    private static readonly (string Name, string Setting)[] Names =
    [
        ("QUEUE_MAX_ATTEMPTS", "Jobs:MaxAttempts"),
        ("QUEUE_BACKOFF_TYPE", "Jobs:Backoff"),
        ("QUEUE_REMOVE_ON_COMPLETE", "Jobs:KeepCompleted"),
        ("QUEUE_CONCURRENCY", "Worker:Concurrency"),
        ("WORKER_CONCURRENCY", "Worker:Concurrency"),
        ("WORKER_BATCH_SIZE", "Batches:BatchSize"),
        ("MAX_CONCURRENT_REQUESTS", "Batches:MaxConcurrentRequests"),
    ];

    private const string BatchSwitch = "ENABLE_BATCH_PROCESSING";

    /// <summary>In milliseconds.</summary>
    private static readonly (string Name, string Setting)[] Durations =
    [
        ("WORKER_TIMEOUT", "Worker:Timeout"),
        ("BATCH_TIMEOUT", "Batches:CollectTimeout"),
    ];

    /// <summary>As entries of the sections. A value that cannot be used is told at start, under the setting's own name.</summary>
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

        foreach (var (name, setting) in Durations)
        {
            if (configuration[name] is { } value && !string.IsNullOrWhiteSpace(value))
            {
                settings[setting] = Duration(value);
            }
        }

        WellKnownSettings.AddSwitch(configuration, settings, BatchSwitch, "Batches:Enabled");
        configuration.Sources.Insert(0, new WellKnownSource(settings));
    }

    /// <summary>Milliseconds as .NET writes durations; another text as it is.</summary>
    internal static string Duration(string value) =>
        double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var milliseconds) && milliseconds is >= 0 and < 1e12
            ? TimeSpan.FromMilliseconds(milliseconds).ToString("c", CultureInfo.InvariantCulture)
            : value.Trim();
}
