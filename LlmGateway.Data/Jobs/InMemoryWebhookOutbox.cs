namespace LlmGateway.Data.Jobs;

/// <summary>Deliveries that are due, of a gateway without a database.</summary>
internal sealed class InMemoryWebhookOutbox(InMemoryJobs jobs) : IWebhookOutbox
{
    public Task<IReadOnlyList<Job>> TakeAsync(int limit, TimeSpan hold, CancellationToken cancellationToken)
    {
        lock (jobs.Gate)
        {
            var now = jobs.Now;
            var due = jobs.Jobs.Values.Where(job => job.WebhookRunAfter <= now).OrderBy(job => job.WebhookRunAfter).Take(limit).ToList();
            var taken = new List<Job>(due.Count);
            foreach (var job in due)
            {
                job.WebhookRunAfter = now + hold;
                job.WebhookAttempts++;
                var copy = job.Copy();
                (copy.Request, copy.Events) = ([], null);
                taken.Add(copy);
            }

            return Task.FromResult<IReadOnlyList<Job>>(taken);
        }
    }

    public Task DeliveredAsync(string jobId, CancellationToken cancellationToken) => SettleAsync(jobId, job =>
    {
        job.WebhookDeliveredAt = jobs.Now;
        job.WebhookRunAfter = null;
        job.WebhookError = null;
    });

    public Task FailedAsync(string jobId, TimeSpan? retryAfter, string reason, CancellationToken cancellationToken) => SettleAsync(jobId, job =>
    {
        job.WebhookRunAfter = jobs.Now + retryAfter;
        job.WebhookError = reason;
    });

    private Task SettleAsync(string jobId, Action<Job> settle)
    {
        lock (jobs.Gate)
        {
            if (jobs.Jobs.TryGetValue(jobId, out var job) && job.CompletedAt is not null && job.WebhookDeliveredAt is null)
            {
                settle(job);
            }
        }

        return Task.CompletedTask;
    }
}
