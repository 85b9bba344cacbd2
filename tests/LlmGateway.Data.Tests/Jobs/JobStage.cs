using System.Security.Cryptography;
using LlmGateway.Data.Jobs;

namespace LlmGateway.Data.Tests.Jobs;

/// <summary>The stores under test, and what a test does to them from outside: the same for PostgreSQL and for memory.</summary>
public abstract class JobStage : IAsyncDisposable
{
    private DateTimeOffset? _begin;

    public abstract IJobLeases Leases { get; }

    public abstract IWebhookOutbox Outbox { get; }

    public abstract DateTimeOffset Now { get; }

    public abstract Task PutAsync(params Job[] jobs);

    /// <summary>The whole job; null when it is gone.</summary>
    public abstract Task<Job?> FindAsync(string id);

    public abstract Task ChangeAsync(string id, Action<Job> change);

    public abstract Task PauseAsync(JobKind kind, bool paused = true);

    /// <summary>Has time pass for all jobs.</summary>
    public abstract Task ElapseAsync(TimeSpan time);

    /// <summary>The job was charged once, as with <paramref name="usage"/>.</summary>
    public abstract Task AssertChargedOnceAsync(string id, string usage);

    public abstract ValueTask DisposeAsync();

    public async Task<Job> GetAsync(string id)
    {
        var job = await FindAsync(id);
        Assert.NotNull(job);
        return job;
    }

    /// <summary>A job that waits and is due.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="kind">Its queue.</param>
    /// <param name="after">How much later than the others it stands in the queue.</param>
    /// <param name="maxAttempts">Failures that make it a dead letter.</param>
    /// <param name="webhook">Whether its client is to be told.</param>
    /// <param name="expires">When, from now; null for never.</param>
    public Job Job(string id, JobKind kind = JobKind.Chat, TimeSpan after = default, int maxAttempts = 3, bool webhook = false, TimeSpan? expires = null)
    {
        // The same for all jobs, and a whole number of microseconds, as a database keeps it.
        var now = _begin ??= new DateTimeOffset(Now.Ticks / 10 * 10, TimeSpan.Zero);
        return new Job
        {
            Id = id,
            Kind = kind,
            ApiKeyId = "key_1",
            Owner = "Zoë 🦊",
            Model = "llama3.2:1b",
            QueueAt = now.AddMinutes(-5) + after,
            Request = """{"model":"llama3.2:1b","text":"\u0000"}"""u8.ToArray(),
            MaxAttempts = maxAttempts,
            RunAfter = now.AddMinutes(-5),
            CreatedAt = now.AddMinutes(-5),
            IdempotencyKey = id,
            IdempotencyHash = SHA256.HashData("request"u8),
            WebhookUrl = webhook ? "https://example.com/hook" : null,
            Phase = kind == JobKind.Batch ? BatchPhase.Validating : null,
            ExpiresAt = now + expires,
        };
    }
}
