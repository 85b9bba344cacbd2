using LlmGateway.Data.Jobs;

namespace LlmGateway.Data.Tests.Support;

/// <summary>New jobs as the endpoints hand them to the store.</summary>
internal static class JobRows
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 29, 12, 0, 0, TimeSpan.Zero);

    private static int _last;

    public static Job New(
        string? apiKeyId = "key_1", JobKind kind = JobKind.Chat, TimeSpan delay = default, string? idempotencyKey = null, byte hash = 1, string? webhook = null) => new()
    {
        Id = $"job_{Interlocked.Increment(ref _last):D8}",
        Kind = kind,
        ApiKeyId = apiKeyId,
        Model = "llama3.2:1b",
        CreatedAt = Noon,
        QueueAt = Noon + delay,
        RunAfter = Noon,
        Request = "{\"model\":\"llama3.2:1b\"}"u8.ToArray(),
        IdempotencyKey = idempotencyKey,
        IdempotencyHash = idempotencyKey is null ? null : [hash],
        WebhookUrl = webhook,
    };

    /// <summary>A job with every value set that a client's request can set.</summary>
    public static Job Whole() => new()
    {
        Id = $"job_{Interlocked.Increment(ref _last):D8}",
        Kind = JobKind.Batch,
        ApiKeyId = "key_1",
        Owner = "Zoë 🦊",
        Team = "a\tb\nc\\",
        Model = "llama3.2:1b",
        Priority = JobPriority.High,
        CreatedAt = Noon,
        QueueAt = Noon + TimeSpan.FromMinutes(5),
        RunAfter = Noon,
        ExpiresAt = Noon + TimeSpan.FromDays(1),
        Request = [0, 1, 255],
        Sensitivity = "high",
        MaxAttempts = 7,
        IdempotencyKey = "once",
        IdempotencyHash = [1, 2, 3],
        WebhookUrl = "https://example.com/hook",
        InputFileId = "file-1",
        Endpoint = "/v1/chat/completions",
        Phase = BatchPhase.Validating,
        Metadata = """{"a": "ü"}""",
        TraceParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    };
}
