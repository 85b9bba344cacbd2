namespace LlmGateway.Data.Alerts;

public enum AlertSeverity
{
    Info,
    Warning,
    Critical,
}

/// <summary>A condition that held, from when it was raised until it was resolved.</summary>
public sealed class Alert
{
    public Guid Id { get; init; } = Guid.CreateVersion7();

    /// <summary>The rule that raised it: <c>cpu</c>, <c>gpu_memory</c>, <c>model_health</c>, <c>budget</c>, …</summary>
    public required string Rule { get; init; }

    /// <summary>What it is about: a node, a model, a key.</summary>
    public required string Source { get; init; }

    public required AlertSeverity Severity { get; set; }

    public required string Message { get; set; }

    /// <summary>The measured value, in the rule's unit.</summary>
    public double? Value { get; set; }

    public double? Threshold { get; set; }

    /// <summary>A JSON object with the particulars.</summary>
    public string? Detail { get; set; }

    public required DateTimeOffset RaisedAt { get; init; }

    public DateTimeOffset? ResolvedAt { get; set; }

    public DateTimeOffset? AcknowledgedAt { get; set; }

    public string? AcknowledgedBy { get; set; }
}
