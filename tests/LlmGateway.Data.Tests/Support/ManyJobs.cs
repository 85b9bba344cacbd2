namespace LlmGateway.Data.Tests.Support;

/// <summary>Waiting jobs by the thousand, <c>many_000001</c> and so on, each a millisecond behind the one before in the queue.</summary>
internal static class ManyJobs
{
    public static Task AddAsync(DatabaseJobs jobs, int count) => jobs.RunAsync(
        """
        insert into jobs (id, kind, status, api_key_id, model, priority, queue_at, request, progress, attempt, failures, replays, max_attempts, run_after,
            webhook_attempts, items_total, items_completed, items_failed, created_at)
        select 'many_' || lpad(n::text, 6, '0'), 'chat', 'queued', 'key_' || n % 10, 'm', 'normal', now() - interval '1 hour' + n * interval '1 ms',
            decode(repeat('7b', 400), 'hex'), 0, 0, 0, 0, 3, now(), 0, 0, 0, 0, now() - interval '1 hour' + n * interval '1 ms'
        from generate_series(1, $1) n
        """,
        count);
}
