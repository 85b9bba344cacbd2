using LlmGateway.Data.Model;
using Npgsql;

namespace LlmGateway.Data.Jobs;

/// <summary>
/// What is done to jobs in PostgreSQL that no worker looks after any more. Rows that somebody else has locked are left to the next time, so
/// that sweepers of several replicas neither wait for each other nor do anything twice.
/// </summary>
internal sealed class LeaseSweeps(StoreCalls calls)
{
    private readonly JobRemoval _removal = new(calls);

    public Task<IReadOnlyList<Job>> TakeBackAsync(Func<int, TimeSpan> delay, int limit, CancellationToken cancellationToken) => calls.InTransactionAsync(
        async (connection, bound) =>
        {
            var lost = await LostAsync(connection, delay, limit, bound);
            return lost.Count == 0 ? [] : await LeaseRows.PutBackAsync(connection, lost, bound);
        },
        cancellationToken);

    public Task<int> ExpireAsync(int limit, CancellationToken cancellationToken) => calls.RunAsync(
        async (connection, bound) =>
        {
            await using var command = StoreCalls.Command(
                connection,
                """
                with due as (
                    select id from jobs
                    where status in ('queued', 'running') and expires_at is not null and expires_at < now() and kind <> 'batch'
                        and (status = 'queued' or lease_until < now())
                    order by expires_at limit $1 for update skip locked)
                update jobs set status = 'expired', error = $2::jsonb, lease_owner = null, lease_until = null, completed_at = now(),
                    webhook_run_after = case when webhook_url is not null then now() end
                from due where jobs.id = due.id
                """,
                limit, LeaseErrors.Expired);
            return await command.ExecuteNonQueryAsync(bound);
        },
        cancellationToken);

    public async Task<int> DeleteEndedAsync(TimeSpan retention, TimeSpan deadLetterRetention, int? keep, int limit, CancellationToken cancellationToken)
    {
        var deleted = await DeleteAsync("completed_at < now() - $2 and dead_lettered_at is null", limit, cancellationToken, retention);
        deleted += await DeleteAsync("dead_lettered_at < now() - $2", limit - deleted, cancellationToken, deadLetterRetention);
        if (keep is { } count)
        {
            foreach (var kind in Enum.GetValues<JobKind>())
            {
                deleted += await DeleteAsync(
                    """
                    kind = $2 and status = 'completed' and (completed_at, id) <= (
                        select completed_at, id from jobs where kind = $2 and status = 'completed' and completed_at is not null
                        order by completed_at desc, id desc offset $3 limit 1)
                    """,
                    limit - deleted, cancellationToken, EnumText<JobKind>.Write(kind), count);
            }
        }

        return deleted;
    }

    private static async Task<List<(Job Job, PutBack Change)>> LostAsync(
        NpgsqlConnection connection, Func<int, TimeSpan> delay, int limit, CancellationToken cancellationToken)
    {
        await using var command = StoreCalls.Command(
            connection,
            $"""
            select {JobRow.Columns}, jobs.items_at_claim from jobs where status = 'running' and lease_until < now()
            order by lease_until limit $1 for update skip locked
            """,
            limit);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var lost = new List<(Job, PutBack)>();
        while (await row.ReadAsync(cancellationToken))
        {
            var job = JobRow.Read(row);
            lost.Add((job, PutBack.AfterLoss(job, row.GetInt32(JobRow.Count), delay)));
        }

        return lost;
    }

    /// <summary>Deletes up to so many ended jobs: those without lines in one statement, batches a few at a time.</summary>
    private async Task<int> DeleteAsync(string condition, int limit, CancellationToken cancellationToken, params object[] values)
    {
        if (limit <= 0)
        {
            return 0;
        }

        var total = (await TakeAsync("delete from jobs using gone where jobs.id = gone.id", "kind <> 'batch'", limit)).Count;
        while (total < limit)
        {
            // What is no dead letter cannot be replayed while its lines go.
            var ids = await TakeAsync(
                "update jobs set dead_lettered_at = null from gone where jobs.id = gone.id", "kind = 'batch'", Math.Min(limit - total, JobRemoval.BatchesAtOnce));
            var removed = await _removal.RemoveAsync(ids, cancellationToken);
            if (removed == 0)
            {
                break;
            }

            total += removed;
        }

        return total;

        Task<IReadOnlyList<string>> TakeAsync(string change, string kinds, int count) => calls.RunAsync(
            async (connection, bound) =>
            {
                await using var command = StoreCalls.Command(
                    connection,
                    $"""
                    with gone as (
                        select id from jobs
                        where completed_at is not null and webhook_run_after is null and {kinds} and {condition}
                        order by completed_at limit $1 for update skip locked)
                    {change} returning jobs.id
                    """,
                    [count, .. values]);
                return await LeaseRows.IdsAsync(command, bound);
            },
            cancellationToken);
    }
}
