namespace LlmGateway.Contracts.Jobs;

/// <summary>
/// A hint that there is work in a queue. The job's row is the truth: whoever receives the hint claims the most urgent job that is due,
/// which need not be the one that caused it. One too many finds nothing, and one that is lost is made up for.
/// </summary>
public sealed record JobReady
{
    /// <summary>One of <see cref="JobQueues"/>.</summary>
    public required string Queue { get; init; }

    /// <summary>The job that caused the hint; null when the hint makes up for a lost one.</summary>
    public string? JobId { get; init; }

    /// <summary>From 0 (low) to 9 (high), as the broker orders its queue.</summary>
    public byte Priority { get; init; }
}
