namespace LlmGateway.Data.Audit;

/// <summary>A decision or an administrative action, kept for later inspection. Rows are only ever added.</summary>
public sealed class AuditRecord
{
    /// <summary>Made by whoever records the event, so that writing it twice leaves one row.</summary>
    public Guid Id { get; init; } = Guid.CreateVersion7();

    public required DateTimeOffset OccurredAt { get; init; }

    /// <summary>What happened, as <c>noun.verb</c>: <c>request.routed</c>, <c>key.created</c>, <c>budget.exceeded</c>.</summary>
    public required string Action { get; init; }

    /// <summary><c>allowed</c>, <c>denied</c> or <c>failed</c>.</summary>
    public required string Outcome { get; init; }

    public string? RequestId { get; init; }

    public string? ApiKeyId { get; init; }

    /// <summary>The user, service or component that acted.</summary>
    public string? Actor { get; init; }

    /// <summary>What was acted on: a model, a key, a job.</summary>
    public string? Subject { get; init; }

    /// <summary>A JSON object with the particulars: candidates and why they were rejected, the sensitivity verdict, old and new values.</summary>
    public string? Detail { get; init; }
}
