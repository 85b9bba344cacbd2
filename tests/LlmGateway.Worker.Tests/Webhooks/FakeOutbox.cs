using System.Threading.Channels;
using LlmGateway.Data.Jobs;

namespace LlmGateway.Worker.Tests.Webhooks;

/// <summary>What was written down about a delivery.</summary>
internal sealed record Settled(string JobId, bool Delivered, TimeSpan? RetryAfter, string? Reason);

/// <summary>The outbox as its seam describes it, in memory, with faults on demand.</summary>
internal sealed class FakeOutbox(TimeProvider time) : IWebhookOutbox
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Job> _jobs = [];
    private readonly Channel<Settled> _settled = Channel.CreateUnbounded<Settled>();
    private int _takes;

    public int Takes => Volatile.Read(ref _takes);

    /// <summary>Runs before every call; what it throws is the call's failure.</summary>
    public Action<string> Fault { get; set; } = _ => { };

    public void Add(Job job)
    {
        lock (_gate)
        {
            job.WebhookRunAfter = time.GetUtcNow();
            _jobs.Add(job.Id, job);
        }
    }

    public Task<IReadOnlyList<DueWebhook>> TakeAsync(int limit, int maxResultBytes, TimeSpan hold, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _takes);
        Fault("take");
        lock (_gate)
        {
            var now = time.GetUtcNow();
            Job[] due = [.. _jobs.Values.Where(j => j.WebhookRunAfter <= now).OrderBy(j => j.WebhookRunAfter).Take(limit)];
            foreach (var job in due)
            {
                job.WebhookAttempts++;
                job.WebhookRunAfter = now + hold;
            }

            return Task.FromResult<IReadOnlyList<DueWebhook>>([.. due.Select(job => new DueWebhook(job, job.Result?.Length > maxResultBytes))]);
        }
    }

    public Task DeliveredAsync(string jobId, DateTimeOffset endedAt, CancellationToken cancellationToken)
    {
        Fault("delivered");
        lock (_gate)
        {
            _jobs[jobId].WebhookRunAfter = null;
        }

        _settled.Writer.TryWrite(new Settled(jobId, true, null, null));
        return Task.CompletedTask;
    }

    public Task FailedAsync(string jobId, DateTimeOffset endedAt, TimeSpan? retryAfter, string reason, CancellationToken cancellationToken)
    {
        Fault("failed");
        lock (_gate)
        {
            _jobs[jobId].WebhookRunAfter = time.GetUtcNow() + retryAfter;
            _jobs[jobId].WebhookError = reason;
        }

        _settled.Writer.TryWrite(new Settled(jobId, false, retryAfter, reason));
        return Task.CompletedTask;
    }

    public async Task<Settled> NextAsync() => await _settled.Reader.ReadAsync(LlmGateway.TestSupport.TestTimeouts.Token());

    public bool HasSettled => _settled.Reader.TryPeek(out _);
}
