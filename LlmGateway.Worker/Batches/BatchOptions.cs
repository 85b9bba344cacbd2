using System.ComponentModel.DataAnnotations;

namespace LlmGateway.Worker.Batches;

/// <summary>The <c>Batches</c> section: how this process works batches off.</summary>
public sealed class BatchOptions
{
    public const string Section = "Batches";

    /// <summary>Whether this process takes batches; <c>ENABLE_BATCH_PROCESSING</c>.</summary>
    /// <value>true</value>
    public bool Enabled { get; set; } = true;

    /// <summary>Answers that are written together; <c>WORKER_BATCH_SIZE</c>.</summary>
    /// <value>10</value>
    [Range(1, 10_000)]
    public int BatchSize { get; set; } = 10;

    /// <summary>How long a ready answer waits for others to be written with; <c>BATCH_TIMEOUT</c>, in milliseconds there.</summary>
    /// <value>5 seconds</value>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:10:00")]
    public TimeSpan CollectTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Lines that are asked at the same time, those of all batches of this process together; <c>MAX_CONCURRENT_REQUESTS</c>.</summary>
    /// <value>10</value>
    [Range(1, 10_000)]
    public int MaxConcurrentRequests { get; set; } = 10;

    /// <summary>Requests of a batch at most.</summary>
    /// <value>50,000</value>
    [Range(1, 10_000_000)]
    public int MaxLines { get; set; } = 50_000;

    /// <summary>The longest line of an input file, in bytes.</summary>
    /// <value>10 MiB</value>
    [Range(1024, 256 * 1024 * 1024)]
    public int MaxLineBytes { get; set; } = 10 * 1024 * 1024;

    /// <summary>The largest answer to a line, in bytes; a line with a larger one fails.</summary>
    /// <value>16 MiB</value>
    [Range(1024, 256 * 1024 * 1024)]
    public int MaxAnswerBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>How often a line is asked before it fails for good, where the failure may pass.</summary>
    /// <value>5</value>
    [Range(1, 100)]
    public int LineAttempts { get; set; } = 5;

    /// <summary>The wait before a line is asked a second time, where the failure names none; doubled for each one after it. Where nobody could be asked it is the longest.</summary>
    /// <value>1 second</value>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan LineBackoff { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait before a line is asked again, whatever the failure names.</summary>
    /// <value>1 minute</value>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan MaxLineBackoff { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long output and error files are kept.</summary>
    /// <value>30 days</value>
    [Range(typeof(TimeSpan), "00:01:00", "3650.00:00:00")]
    public TimeSpan OutputRetention { get; set; } = TimeSpan.FromDays(30);
}
