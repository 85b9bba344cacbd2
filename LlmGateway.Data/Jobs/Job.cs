using System.Globalization;
using LlmGateway.Contracts.Jobs;
using LlmGateway.Data.Usage;

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

/// <summary>Which job is taken first; see <see cref="Job.QueueAt"/>.</summary>
public enum JobPriority
{
    Low,
    Normal,
    High,
}

/// <summary>Where a batch stands while its job runs.</summary>
public enum BatchPhase
{
    /// <summary>The lines of the input file are read and checked.</summary>
    Validating,

    /// <summary>The lines are being answered.</summary>
    InProgress,

    /// <summary>The output files are being written.</summary>
    Finalizing,
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

    /// <summary>The model the client named; empty for a batch, whose lines name theirs.</summary>
    public required string Model { get; init; }

    public JobPriority Priority { get; init; } = JobPriority.Normal;

    /// <summary>
    /// The queue's order, earliest first: <see cref="CreatedAt"/> plus what the priority lets others go ahead. Never changes, so a job is
    /// overtaken only by jobs that came within that time after it.
    /// </summary>
    public required DateTimeOffset QueueAt { get; set; }

    /// <summary>The client's JSON as UTF-8. Not jsonb: that would lose the text as it was sent, and refuses U+0000.</summary>
    public required byte[] Request { get; set; }

    /// <summary>The answer's JSON as UTF-8, once completed.</summary>
    public byte[]? Result { get; set; }

    /// <summary>The events of the attempt that ended the job, as <see cref="JobEventArchive"/> writes them.</summary>
    public byte[]? Events { get; set; }

    /// <summary>An OpenAI error document (<c>{"error":{…}}</c>): why it failed, or while it waits, why the last attempt did.</summary>
    public string? Error { get; set; }

    /// <summary>What was used and charged, once settled.</summary>
    public string? Usage { get; set; }

    /// <summary>The verdict on the content when the job was accepted: <c>high</c>, <c>low</c>, or null when nothing was looked for.</summary>
    public string? Sensitivity { get; init; }

    /// <summary>
    /// The settings for sensitive content under which a batch was accepted, whose lines nobody has judged yet: its worker judges them by
    /// these as well. Null where nothing is looked for, and for jobs whose content was judged when they were accepted.
    /// </summary>
    public string? AcceptedUnder { get; set; }

    /// <summary>The only models that its key might use when it was accepted; null for all.</summary>
    public string[]? AllowedModels { get; set; }

    /// <summary>From 0 to 1.</summary>
    public double Progress { get; set; }

    /// <summary>Grows with every claim, so that a worker that lost its lease cannot write any more.</summary>
    public int Attempt { get; set; }

    /// <summary>Attempts that failed or whose worker was lost; one that was handed back does not count.</summary>
    public int Failures { get; set; }

    /// <summary>How often it was a dead letter that was told to run again.</summary>
    public int Replays { get; set; }

    /// <summary>At so many failures the job is a dead letter.</summary>
    public int MaxAttempts { get; init; } = 3;

    public string? LeaseOwner { get; set; }

    public DateTimeOffset? LeaseUntil { get; set; }

    /// <summary>The store's time when the job was claimed, as the claim gives it; not stored. The worker's clock may be another.</summary>
    public DateTimeOffset? ClaimedAt { get; set; }

    /// <summary>Not before this time; later than <see cref="CreatedAt"/> after a failed attempt.</summary>
    public required DateTimeOffset RunAfter { get; set; }

    public string? IdempotencyKey { get; init; }

    /// <summary>SHA-256 of the request that came with <see cref="IdempotencyKey"/>: the same key with another request is an error.</summary>
    public byte[]? IdempotencyHash { get; init; }

    public string? WebhookUrl { get; init; }

    public DateTimeOffset? WebhookDeliveredAt { get; set; }

    public int WebhookAttempts { get; set; }

    /// <summary>When to try the webhook next; null when there is nothing to deliver.</summary>
    public DateTimeOffset? WebhookRunAfter { get; set; }

    /// <summary>Why the last delivery failed.</summary>
    public string? WebhookError { get; set; }

    /// <summary>A batch's input file.</summary>
    public string? InputFileId { get; init; }

    public string? OutputFileId { get; set; }

    public string? ErrorFileId { get; set; }

    /// <summary>A batch's target path, such as <c>/v1/chat/completions</c>.</summary>
    public string? Endpoint { get; init; }

    /// <summary>Where a batch stands; null for other jobs.</summary>
    public BatchPhase? Phase { get; set; }

    /// <summary>Lines of a batch; 0 until they have been counted.</summary>
    public int ItemsTotal { get; set; }

    public int ItemsCompleted { get; set; }

    public int ItemsFailed { get; set; }

    /// <summary>How many lines had ended when the job was claimed last: whether its worker got on since.</summary>
    public int ItemsAtClaim { get; set; }

    /// <summary>When a batch's lines began to be answered.</summary>
    public DateTimeOffset? InProgressAt { get; set; }

    /// <summary>When a batch's output files began to be written.</summary>
    public DateTimeOffset? FinalizingAt { get; set; }

    /// <summary>The client's metadata, a JSON object.</summary>
    public string? Metadata { get; init; }

    /// <summary>W3C traceparent of the request that created the job.</summary>
    public string? TraceParent { get; init; }

    public required DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset? StartedAt { get; set; }

    /// <summary>When it ended, however it ended.</summary>
    public DateTimeOffset? CompletedAt { get; set; }

    public DateTimeOffset? CancelRequestedAt { get; set; }

    /// <summary>Set on a failed job that used up its attempts and may be replayed.</summary>
    public DateTimeOffset? DeadLetteredAt { get; set; }

    /// <summary>A job that has not been completed by then expires. Put off, when a dead letter is replayed, by the time that it was one.</summary>
    public DateTimeOffset? ExpiresAt { get; set; }

    public List<JobItem> Items { get; } = [];

    /// <summary>The queue it is in; see <see cref="JobQueues"/>.</summary>
    public string Queue => QueueOf(Kind);

    /// <summary>
    /// What its usage row is called (<see cref="UsageRecorder.IdOf"/>): the same for every attempt, and another one after a replay,
    /// so that the end of a replayed job is charged beside the failure before it.
    /// </summary>
    public string ChargeName => Replays == 0 ? Id : string.Create(CultureInfo.InvariantCulture, $"{Id}/{Replays}");

    public bool HasEnded => Status is not (JobStatus.Queued or JobStatus.Running);

    /// <summary>A job of its own with the same values.</summary>
    internal Job Copy() => (Job)MemberwiseClone();

    public static string QueueOf(JobKind kind) => kind switch
    {
        JobKind.Chat => JobQueues.Chat,
        JobKind.Embeddings => JobQueues.Embeddings,
        _ => JobQueues.Batch,
    };

    /// <summary>The kind of job in the queue; null when there is no such queue.</summary>
    public static JobKind? KindOf(string queue) => queue switch
    {
        JobQueues.Chat => JobKind.Chat,
        JobQueues.Embeddings => JobKind.Embeddings,
        JobQueues.Batch => JobKind.Batch,
        _ => null,
    };
}
