namespace LlmGateway.Data.Usage;

/// <summary>
/// One request that was settled: who asked for what, who answered, what it cost. Rows are only ever added, and one request
/// has one row, whoever writes it and however often.
/// </summary>
public sealed class UsageRecord
{
    /// <summary>Made by the gateway when the request ends, so that writing the row twice leaves one.</summary>
    public Guid Id { get; init; } = Guid.CreateVersion7();

    /// <summary>The request id that the client saw in <c>x-request-id</c>. A client may choose it, and may choose it twice.</summary>
    public required string RequestId { get; init; }

    /// <summary>When the request arrived.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    public string? ApiKeyId { get; init; }

    public string? Owner { get; init; }

    public string? Team { get; init; }

    /// <summary><c>chat</c>, <c>text_completion</c> or <c>embeddings</c>.</summary>
    public required string Operation { get; init; }

    /// <summary>The model the client named.</summary>
    public required string RequestedModel { get; init; }

    /// <summary>The model that answered; null when none did.</summary>
    public string? Model { get; init; }

    public string? Provider { get; init; }

    /// <summary>The HTTP status of the answer.</summary>
    public required int Status { get; init; }

    /// <summary>The error's code; null for an answer.</summary>
    public string? ErrorCode { get; init; }

    public string? FinishReason { get; init; }

    /// <summary><c>hit</c>, <c>miss</c> or <c>bypass</c>; null when the cache was not asked.</summary>
    public string? Cache { get; init; }

    /// <summary>The verdict on the content; null when nothing was classified.</summary>
    public string? Sensitivity { get; init; }

    public bool Stream { get; init; }

    /// <summary>Calls made to providers, the successful one included.</summary>
    public int Attempts { get; init; }

    public long PromptTokens { get; init; }

    public long CompletionTokens { get; init; }

    public long CachedTokens { get; init; }

    public long ReasoningTokens { get; init; }

    /// <summary>The counts and the cost are estimated, because the client left before the provider had told them.</summary>
    public bool Estimated { get; init; }

    /// <summary>In US dollars, exact to 10⁻¹².</summary>
    public decimal Cost { get; init; }

    /// <summary>From the request's arrival to the answer's last byte, in milliseconds.</summary>
    public double DurationMs { get; init; }

    /// <summary>From the request's arrival to the first chunk of a streamed answer, in milliseconds.</summary>
    public double? FirstTokenMs { get; init; }

    /// <summary>The job that made the request; null for a direct one.</summary>
    public string? JobId { get; init; }

    /// <summary>W3C trace id, 32 hexadecimal digits.</summary>
    public string? TraceId { get; init; }
}
