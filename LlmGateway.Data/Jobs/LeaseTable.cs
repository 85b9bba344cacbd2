using LlmGateway.Data.Journal;
using LlmGateway.Data.Model;
using LlmGateway.Data.Usage;
using Npgsql;

namespace LlmGateway.Data.Jobs;

/// <summary>Claims and what workers do under them, in PostgreSQL. Times are the database's; every change of a job is conditional on its lease.</summary>
internal sealed class LeaseTable(StoreCalls calls, IRecordWriter<UsageRecord> refused) : IJobLeases
{
    /// <summary>The SQL of a claim, of <c>$1</c> kind, <c>$2</c> queue, <c>$3</c> worker and <c>$4</c> lease.</summary>
    /// <remarks>Of waiting jobs there is only ix_jobs_queue, which has them in the order in which they are wanted; few at its head wait for another attempt.</remarks>
    internal const string ClaimSql = $"""
        with next as (
            select id from jobs
            where kind = $1 and status = 'queued' and run_after <= now() and {NotExpired} and not {Paused}
            order by queue_at, id limit 1 for update skip locked)
        update jobs set status = 'running', attempt = attempt + 1, lease_owner = $3, lease_until = now() + $4, progress = 0,
            items_at_claim = items_completed + items_failed, started_at = coalesce(started_at, now())
        from next where jobs.id = next.id
        returning {JobRow.Columns}, jobs.request, jobs.accepted_under, jobs.allowed_models
        """;

    /// <summary>A job that has expired is the sweeper's; a batch ends by a worker, which writes out what it has.</summary>
    private const string NotExpired = "(expires_at is null or expires_at > now() or kind = 'batch')";

    private const string Paused = "exists (select from queues where name = $2 and paused_at is not null)";

    private readonly LeaseSweeps _sweeps = new(calls);

    public Task<Job?> ClaimAsync(JobKind kind, string worker, TimeSpan lease, CancellationToken cancellationToken) => calls.RunAsync(
        async (connection, bound) =>
        {
            await using var command = StoreCalls.Command(connection, ClaimSql, EnumText<JobKind>.Write(kind), Job.QueueOf(kind), worker, lease);
            await using var row = await command.ExecuteReaderAsync(bound);
            if (!await row.ReadAsync(bound))
            {
                return null;
            }

            var job = JobRow.Read(row, JobRow.Count);
            job.AcceptedUnder = JobRow.Text(row, JobRow.Count + 1);
            job.AllowedModels = row.IsDBNull(JobRow.Count + 2) ? null : row.GetFieldValue<string[]>(JobRow.Count + 2);
            job.ClaimedAt = job.LeaseUntil - lease;
            return job;
        },
        cancellationToken);

    public async Task<IReadOnlyList<string>> RenewAsync(
        string worker, TimeSpan lease, IReadOnlyCollection<LeaseRenewal> renewals, CancellationToken cancellationToken) => renewals.Count == 0 ? [] : await calls.RunAsync(
        async (connection, bound) =>
        {
            await using var command = StoreCalls.Command(
                connection,
                """
                update jobs set lease_until = now() + $2, progress = given.progress
                from unnest($3, $4, $5) as given (id, attempt, progress)
                where jobs.id = given.id and jobs.attempt = given.attempt and jobs.lease_owner = $1 and jobs.status = 'running'
                returning jobs.id
                """,
                worker, lease, renewals.Select(job => job.JobId).ToArray(), renewals.Select(job => job.Attempt).ToArray(),
                renewals.Select(job => job.Progress).ToArray());
            return await LeaseRows.IdsAsync(command, bound);
        },
        cancellationToken);

    public async Task<IReadOnlyList<string>> CancelRequestedAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken) => ids.Count == 0 ? [] : await calls.RunAsync(
        async (connection, bound) =>
        {
            await using var command = StoreCalls.Command(
                connection, "select id from jobs where id = any($1) and status = 'running' and cancel_requested_at is not null", (object)ids.ToArray());
            return await LeaseRows.IdsAsync(command, bound);
        },
        cancellationToken);

    public Task<bool> EndAsync(JobLease lease, JobEnd end, CancellationToken cancellationToken) => StoringAsync(
        end, storable => calls.InTransactionAsync((connection, bound) => LeaseRows.EndAsync(connection, lease, storable, failure: null, bound), cancellationToken));

    public Task<RetryResult> RetryAsync(JobLease lease, TimeSpan delay, JobEnd end, CancellationToken cancellationToken) => StoringAsync(
        end, storable => calls.InTransactionAsync((connection, bound) => RetryAsync(connection, lease, delay, storable, bound), cancellationToken));

    public Task<bool> HandBackAsync(JobLease lease, TimeSpan delay, string? reason, CancellationToken cancellationToken) => calls.InTransactionAsync(
        async (connection, bound) =>
        {
            if (await LeaseRows.LockAsync(connection, lease, bound) is not { } job)
            {
                return false;
            }

            await LeaseRows.PutBackAsync(connection, [(job, PutBack.HandedBack(job, delay, reason))], bound);
            return true;
        },
        cancellationToken);

    public Task<IReadOnlyList<Job>> TakeBackAsync(Func<int, TimeSpan> delay, int limit, CancellationToken cancellationToken) =>
        _sweeps.TakeBackAsync(delay, limit, cancellationToken);

    public Task<int> ExpireAsync(int limit, CancellationToken cancellationToken) => _sweeps.ExpireAsync(limit, cancellationToken);

    public Task<int> CountDueAsync(JobKind kind, int limit, CancellationToken cancellationToken) => calls.RunAsync(
        async (connection, bound) =>
        {
            await using var command = StoreCalls.Command(
                connection,
                $"""
                select count(*)::int from (
                    select from jobs where kind = $1 and status = 'queued' and run_after <= now() and {NotExpired} and not {Paused} limit $3) due
                """,
                EnumText<JobKind>.Write(kind), Job.QueueOf(kind), limit);
            return (int)(await command.ExecuteScalarAsync(bound))!;
        },
        cancellationToken);

    public Task<int> DeleteEndedAsync(TimeSpan retention, TimeSpan deadLetterRetention, int? keep, int limit, CancellationToken cancellationToken) =>
        _sweeps.DeleteEndedAsync(retention, deadLetterRetention, keep, limit, cancellationToken);

    private static async Task<RetryResult> RetryAsync(NpgsqlConnection connection, JobLease lease, TimeSpan delay, JobEnd end, CancellationToken cancellationToken)
    {
        if (await LeaseRows.LockAsync(connection, lease, cancellationToken) is not { } job)
        {
            return RetryResult.Lost;
        }

        var change = PutBack.AfterFailure(job, delay, end.Error);
        if (change.Status == JobStatus.Queued)
        {
            await LeaseRows.PutBackAsync(connection, [(job, change)], cancellationToken);
            return RetryResult.Waiting;
        }

        await LeaseRows.EndAsync(connection, lease, end with { Status = change.Status, Error = change.Error }, change, cancellationToken);
        return change.Status == JobStatus.Failed ? RetryResult.DeadLettered : RetryResult.Cancelled;
    }

    /// <summary>
    /// The job has to end, whatever a provider made of its usage or its error: what the database refuses is left out. A refused usage row
    /// goes to who sets such rows aside and tells, so that no charge vanishes.
    /// </summary>
    private async Task<T> StoringAsync<T>(JobEnd end, Func<JobEnd, Task<T>> store)
    {
        var plain = end.Error is null ? null : LeaseErrors.NotStorable;
        JobEnd[] less = [end with { Usage = null }, end with { Error = plain }, end with { Usage = null, Error = plain }];
        var tried = end;
        for (var next = 0; ; tried = less[next++])
        {
            try
            {
                var result = await store(tried);
                if (end.Usage is { } charge && tried.Usage is null && result is true or RetryResult.DeadLettered or RetryResult.Cancelled)
                {
                    refused.Write(charge);
                }

                return result;
            }
            catch (Exception e) when (next < less.Length && StoreCalls.IsRefusal(e))
            {
                // Once more with less.
            }
        }
    }
}
