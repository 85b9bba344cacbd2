namespace LlmGateway.Data.Jobs;

/// <summary>Deliveries that are due, of a gateway without a database.</summary>
internal sealed class InMemoryWebhookOutbox(InMemoryJobs jobs) : IWebhookOutbox
{
    public Task<IReadOnlyList<DueWebhook>> TakeAsync(int limit, int maxResultBytes, TimeSpan hold, CancellationToken cancellationToken)
    {
        lock (jobs.Gate)
        {
            var now = jobs.Now;
            var due = jobs.Jobs.Values.Where(job => job.WebhookRunAfter <= now).OrderBy(job => job.WebhookRunAfter).Take(limit).ToList();
            var taken = new List<DueWebhook>(due.Count);
            foreach (var job in due)
            {
                job.WebhookRunAfter = now + hold;
                job.WebhookAttempts++;
                var copy = job.Copy();
                (copy.Request, copy.Events) = ([], null);
                var isLarge = copy.Result?.Length > maxResultBytes;
                copy.Result = isLarge ? null : copy.Result;
                taken.Add(new DueWebhook(copy, isLarge));
            }

            return Task.FromResult<IReadOnlyList<DueWebhook>>(taken);
        }
    }

    public Task DeliveredAsync(string jobId, DateTimeOffset endedAt, CancellationToken cancellationToken) => SettleAsync(jobId, endedAt, job =>
    {
        job.WebhookDeliveredAt = jobs.Now;
        job.WebhookRunAfter = null;
        job.WebhookError = null;
    });

    public Task FailedAsync(string jobId, DateTimeOffset endedAt, TimeSpan? retryAfter, string reason, CancellationToken cancellationToken) => SettleAsync(jobId, endedAt, job =>
    {
        job.WebhookRunAfter = jobs.Now + retryAfter;
        job.WebhookError = reason;
    });

    private Task SettleAsync(string jobId, DateTimeOffset endedAt, Action<Job> settle)
    {
        lock (jobs.Gate)
        {
            if (jobs.Jobs.TryGetValue(jobId, out var job) && job.CompletedAt == endedAt && job.WebhookDeliveredAt is null)
            {
                settle(job);
            }
        }

        return Task.CompletedTask;
    }
}
