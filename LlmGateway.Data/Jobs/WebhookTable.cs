using LlmGateway.Data.Model;

namespace LlmGateway.Data.Jobs;

/// <summary>Deliveries that are due, in PostgreSQL: rows of <c>jobs</c> with a time for their webhook.</summary>
internal sealed class WebhookTable(StoreCalls calls) : IWebhookOutbox
{
    public Task<IReadOnlyList<DueWebhook>> TakeAsync(int limit, int maxResultBytes, TimeSpan hold, CancellationToken cancellationToken) => calls.RunAsync<IReadOnlyList<DueWebhook>>(
        async (connection, bound) =>
        {
            await using var command = StoreCalls.Command(
                connection,
                $"""
                with due as (
                    select id from jobs where webhook_run_after is not null and webhook_run_after <= now()
                    order by webhook_run_after limit $1 for update skip locked)
                update jobs set webhook_run_after = now() + $2, webhook_attempts = webhook_attempts + 1
                from due where jobs.id = due.id
                returning {JobRow.Columns}, case when octet_length(jobs.result) <= $3 then jobs.result end, coalesce(octet_length(jobs.result) > $3, false)
                """,
                limit, hold, maxResultBytes);
            await using var row = await command.ExecuteReaderAsync(bound);
            var jobs = new List<DueWebhook>();
            while (await row.ReadAsync(bound))
            {
                var job = JobRow.Read(row);
                job.Result = JobRow.Bytes(row, JobRow.Count);
                jobs.Add(new DueWebhook(job, row.GetBoolean(JobRow.Count + 1)));
            }

            return jobs;
        },
        cancellationToken);

    public Task DeliveredAsync(string jobId, DateTimeOffset endedAt, CancellationToken cancellationToken) => ExecuteAsync(
        """
        update jobs set webhook_delivered_at = now(), webhook_run_after = null, webhook_error = null
        where id = $1 and completed_at = $2 and webhook_delivered_at is null
        """,
        cancellationToken, jobId, endedAt);

    // A delivery that somebody else made meanwhile stays one.
    public Task FailedAsync(string jobId, DateTimeOffset endedAt, TimeSpan? retryAfter, string reason, CancellationToken cancellationToken) => ExecuteAsync(
        """
        update jobs set webhook_run_after = now() + $3::interval, webhook_error = $4
        where id = $1 and completed_at = $2 and webhook_delivered_at is null
        """,
        cancellationToken, jobId, endedAt, retryAfter, StoredText.Text(reason));

    private Task<int> ExecuteAsync(string sql, CancellationToken cancellationToken, params object?[] values) => calls.RunAsync(
        async (connection, bound) =>
        {
            await using var command = StoreCalls.Command(connection, sql, values);
            return await command.ExecuteNonQueryAsync(bound);
        },
        cancellationToken);
}
