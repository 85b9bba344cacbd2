namespace LlmGateway.Data.Jobs;

/// <summary>One line of a batch.</summary>
public sealed class JobItem
{
    public long Id { get; init; }

    public required string JobId { get; init; }

    /// <summary>Its place in the input file, from 1.</summary>
    public required int Line { get; init; }

    public required string CustomId { get; init; }

    public JobStatus Status { get; set; }

    /// <summary>The line's request as UTF-8 JSON.</summary>
    public required byte[] Request { get; init; }

    /// <summary>The answer as UTF-8 JSON.</summary>
    public byte[]? Response { get; set; }

    public int? ResponseStatus { get; set; }

    /// <summary>An OpenAI error object.</summary>
    public string? Error { get; set; }

    /// <summary>The id under which the line was charged, fixed before the call, so that a second run is not charged again.</summary>
    public string? RequestId { get; set; }

    public int Attempt { get; set; }

    public DateTimeOffset? CompletedAt { get; set; }
}
