namespace LlmGateway.Data.Jobs;

public enum JobKind
{
    Chat,
    Embeddings,
    Batch,
}

public enum JobStatus
{
    Queued,
    Running,
    Completed,
    Failed,
    Cancelled,
    Expired,
}

/// <summary>
/// An accepted job. This row is the truth and a bus message only a hint: workers claim, renew and complete it by
/// conditional updates that name <see cref="LeaseOwner"/> and <see cref="Attempt"/>.
/// </summary>
public sealed class Job
{
    /// <summary>The public id, which sorts by time.</summary>
    public required string Id { get; init; }

    public required JobKind Kind { get; init; }

    public JobStatus Status { get; set; }

    public string? ApiKeyId { get; init; }

    public string? Owner { get; init; }

    public string? Team { get; init; }

    /// <summary>The model the client named.</summary>
    public required string Model { get; init; }

    /// <summary>Higher goes first.</summary>
    public int Priority { get; init; }

    /// <summary>The client's JSON as UTF-8. Not jsonb: that would lose the text as it was sent, and refuses U+0000.</summary>
    public required byte[] Request { get; init; }

    /// <summary>The answer's JSON as UTF-8, once completed.</summary>
    public byte[]? Result { get; set; }

    /// <summary>An OpenAI error object, once failed.</summary>
    public string? Error { get; set; }

    /// <summary>What was used and charged, once settled.</summary>
    public string? Usage { get; set; }

    /// <summary>The verdict on the content when the job was accepted.</summary>
    public string? Sensitivity { get; init; }

    /// <summary>From 0 to 1.</summary>
    public double Progress { get; set; }

    /// <summary>Grows with every claim, so that a worker that lost its lease cannot write any more.</summary>
    public int Attempt { get; set; }

    public int MaxAttempts { get; init; } = 3;

    public string? LeaseOwner { get; set; }

    public DateTimeOffset? LeaseUntil { get; set; }

    /// <summary>Not before this time; later than <see cref="CreatedAt"/> after a failed attempt.</summary>
    public required DateTimeOffset RunAfter { get; set; }

    /// <summary>When it was last put on the bus; null until the first time.</summary>
    public DateTimeOffset? PublishedAt { get; set; }

    public string? IdempotencyKey { get; init; }

    /// <summary>SHA-256 of the request that came with <see cref="IdempotencyKey"/>: the same key with another request is an error.</summary>
    public byte[]? IdempotencyHash { get; init; }

    public string? WebhookUrl { get; init; }

    public DateTimeOffset? WebhookDeliveredAt { get; set; }

    public int WebhookAttempts { get; set; }

    /// <summary>When to try the webhook next; null when there is nothing to deliver.</summary>
    public DateTimeOffset? WebhookRunAfter { get; set; }

    /// <summary>A batch's input file.</summary>
    public string? InputFileId { get; init; }

    public string? OutputFileId { get; set; }

    public string? ErrorFileId { get; set; }

    /// <summary>A batch's target path, such as <c>/v1/chat/completions</c>.</summary>
    public string? Endpoint { get; init; }

    /// <summary>The client's metadata, a JSON object.</summary>
    public string? Metadata { get; init; }

    /// <summary>W3C traceparent of the request that created the job.</summary>
    public string? TraceParent { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? StartedAt { get; set; }

    public DateTimeOffset? CompletedAt { get; set; }

    public DateTimeOffset? CancelRequestedAt { get; set; }

    /// <summary>A job that has not been completed by then expires.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    public List<JobItem> Items { get; } = [];
}
