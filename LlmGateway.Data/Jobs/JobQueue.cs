namespace LlmGateway.Data.Jobs;

/// <summary>What an operator has decided about a queue. A queue without a row runs.</summary>
public sealed class JobQueue
{
    /// <summary>One of <see cref="Contracts.Jobs.JobQueues"/>.</summary>
    public required string Name { get; init; }

    /// <summary>Since when no job of the queue is started; null while it runs.</summary>
    public DateTimeOffset? PausedAt { get; set; }

    /// <summary>The key that paused it.</summary>
    public string? PausedBy { get; set; }
}
