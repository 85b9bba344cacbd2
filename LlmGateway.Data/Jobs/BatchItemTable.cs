using LlmGateway.Data.Journal;
using LlmGateway.Data.Model;
using LlmGateway.Data.Usage;
using Npgsql;

namespace LlmGateway.Data.Jobs;

/// <summary>
/// Lines of batches in table <c>job_items</c>. Every change locks the batch's row first, as long as the lease holds, so that two workers
/// cannot change one batch side by side and counts are never lost.
/// </summary>
internal sealed class BatchItemTable(StoreCalls calls, IRecordWriter<UsageRecord> refused) : IBatchItems
{
    /// <summary>A page ends behind the line with which its requests or answers have come to so many bytes.</summary>
    private const int PageBytes = 8 * 1024 * 1024;

    /// <summary>Open lines that one statement ends.</summary>
    private const int EndStep = 2_000;

    private const string Held = "id = $1 and attempt = $2 and lease_owner = $3 and status = 'running'";

    private const string Open = BatchItemRows.Open;

    public Task<IReadOnlyList<string>?> AddAsync(JobLease lease, IReadOnlyList<JobItem> items, CancellationToken cancellationToken) =>
        calls.InTransactionAsync<IReadOnlyList<string>?>(
            async (connection, bound) =>
            {
                if (!await LockAsync(connection, lease, bound))
                {
                    return null;
                }

                var taken = BatchCustomIds.Repeated(items);
                taken.AddRange(await BatchItemRows.TakenAsync(connection, lease.JobId, items, bound));
                if (taken.Count == 0)
                {
                    await BatchItemRows.InsertAsync(connection, lease.JobId, items, bound);
                }

                return taken;
            },
            cancellationToken);

    public Task<bool> SetPhaseAsync(JobLease lease, BatchPhase phase, int? itemsTotal, CancellationToken cancellationToken) =>
        calls.RunAsync(
            async (connection, bound) =>
            {
                await using var command = StoreCalls.Command(
                    connection,
                    $"""
                    update jobs set phase = $4, items_total = coalesce($5::int, items_total),
                        in_progress_at = case when $4 = 'in_progress' then coalesce(in_progress_at, now()) else in_progress_at end,
                        finalizing_at = case when $4 = 'finalizing' then coalesce(finalizing_at, now()) else finalizing_at end
                    where {Held}
                    """,
                    lease.JobId, lease.Attempt, lease.Worker, EnumText<BatchPhase>.Write(phase), itemsTotal);
                return await command.ExecuteNonQueryAsync(bound) == 1;
            },
            cancellationToken);

    public Task<IReadOnlyList<JobItem>> OpenAsync(string jobId, int afterLine, int limit, CancellationToken cancellationToken) =>
        PageAsync(jobId, afterLine, limit, Open, "request", cancellationToken);

    public async Task<bool> EndAsync(JobLease lease, IReadOnlyList<(JobItem Item, UsageRecord? Usage)> ended, CancellationToken cancellationToken)
    {
        try
        {
            return await EndTogetherAsync(lease, ended, cancellationToken);
        }
        catch (Exception e) when (StoreCalls.IsRefusal(e))
        {
            // The lines that can be stored must not wait for one that cannot.
            return await EndOneByOneAsync(lease, ended, cancellationToken);
        }
    }

    private Task<bool> EndTogetherAsync(JobLease lease, IReadOnlyList<(JobItem Item, UsageRecord? Usage)> ended, CancellationToken cancellationToken) =>
        calls.InTransactionAsync(
            async (connection, bound) =>
            {
                if (!await LockAsync(connection, lease, bound))
                {
                    return false;
                }

                var changed = await BatchItemRows.AnswerAsync(connection, lease.JobId, ended, bound);
                foreach (var (item, usage) in ended)
                {
                    if (usage is not null && changed.ContainsKey(item.Line))
                    {
                        await BatchItemRows.ChargeAsync(connection, usage, bound);
                    }
                }

                var completed = changed.Values.Count(status => status == JobStatus.Completed);
                await BatchItemRows.CountAsync(connection, lease.JobId, completed, changed.Count - completed, bound);
                return true;
            },
            cancellationToken);

    /// <summary>Each line and each charge behind a savepoint of its own; what the database refuses is left out, and a refused charge set aside.</summary>
    private async Task<bool> EndOneByOneAsync(JobLease lease, IReadOnlyList<(JobItem Item, UsageRecord? Usage)> ended, CancellationToken cancellationToken)
    {
        var charges = new List<UsageRecord>();
        var isHeld = await calls.InTransactionAsync(
            async (connection, bound) =>
            {
                charges.Clear();
                if (!await LockAsync(connection, lease, bound))
                {
                    return false;
                }

                foreach (var (item, usage) in ended)
                {
                    var status = await BatchItemRows.AnswerOneAsync(connection, lease.JobId, item, bound);
                    if (status is null)
                    {
                        continue;
                    }

                    await BatchItemRows.CountAsync(connection, lease.JobId, status == JobStatus.Completed ? 1 : 0, status == JobStatus.Completed ? 0 : 1, bound);
                    if (usage is not null && !await StoreCalls.TryAsync(connection, () => BatchItemRows.ChargeAsync(connection, usage, bound), bound))
                    {
                        charges.Add(usage);
                    }
                }

                return true;
            },
            cancellationToken);
        charges.ForEach(refused.Write);
        return isHeld;
    }

    public async Task<bool> EndOpenAsync(JobLease lease, JobStatus status, string error, CancellationToken cancellationToken)
    {
        int? ended;
        do
        {
            ended = await EndSomeAsync(lease, status, error, cancellationToken);
        }
        while (ended > 0);
        return ended is not null;
    }

    public Task<IReadOnlyList<JobItem>> EndedAsync(string jobId, int afterLine, int limit, CancellationToken cancellationToken) =>
        PageAsync(jobId, afterLine, limit, $"not ({Open})", "response", cancellationToken);

    /// <summary>One step, counted with it: however many lines are open, no statement takes longer than a call may.</summary>
    /// <returns>How many lines; null when the lease is lost.</returns>
    private Task<int?> EndSomeAsync(JobLease lease, JobStatus status, string error, CancellationToken cancellationToken) =>
        calls.InTransactionAsync<int?>(
            async (connection, bound) =>
            {
                if (!await LockAsync(connection, lease, bound))
                {
                    return null;
                }

                await using var command = StoreCalls.Command(
                    connection,
                    $"""
                    update job_items set status = $2, error = $3::jsonb, completed_at = now()
                    where id in (select id from job_items where job_id = $1 and {Open} order by line limit $4)
                    """,
                    lease.JobId, EnumText<JobStatus>.Write(status), error, EndStep);
                var changed = await command.ExecuteNonQueryAsync(bound);
                await BatchItemRows.CountAsync(connection, lease.JobId, 0, status == JobStatus.Cancelled ? 0 : changed, bound);
                return changed;
            },
            cancellationToken);

    private static async Task<bool> LockAsync(NpgsqlConnection connection, JobLease lease, CancellationToken cancellationToken)
    {
        await using var command = StoreCalls.Command(
            connection, $"select 1 from jobs where {Held} for update", lease.JobId, lease.Attempt, lease.Worker);
        return await command.ExecuteScalarAsync(cancellationToken) is not null;
    }

    private Task<IReadOnlyList<JobItem>> PageAsync(
        string jobId, int afterLine, int limit, string condition, string content, CancellationToken cancellationToken) =>
        calls.RunAsync<IReadOnlyList<JobItem>>(
            async (connection, bound) =>
            {
                await using var command = StoreCalls.Command(
                    connection,
                    $"""
                    select id, line, custom_id, status, {content}, response_status, error, request_id, attempt, completed_at from (
                        select *, sum(coalesce(octet_length({content}), 0)) over (order by line) - coalesce(octet_length({content}), 0) as before from (
                            select * from job_items where job_id = $1 and line > $2 and {condition} order by line limit $3) as found) as sized
                    where before < $4 order by line
                    """,
                    jobId, afterLine, limit, PageBytes);
                await using var row = await command.ExecuteReaderAsync(bound);
                var page = new List<JobItem>();
                while (await row.ReadAsync(bound))
                {
                    page.Add(Read(row, jobId, content == "request"));
                }

                return page;
            },
            cancellationToken);

    private static JobItem Read(NpgsqlDataReader row, string jobId, bool withRequest) => new()
    {
        Id = row.GetInt64(0),
        JobId = jobId,
        Line = row.GetInt32(1),
        CustomId = row.GetString(2),
        Status = EnumText<JobStatus>.Read(row.GetString(3)),
        Request = withRequest ? row.GetFieldValue<byte[]>(4) : [],
        Response = withRequest ? null : JobRow.Bytes(row, 4),
        ResponseStatus = row.IsDBNull(5) ? null : row.GetInt32(5),
        Error = JobRow.Text(row, 6),
        RequestId = JobRow.Text(row, 7),
        Attempt = row.GetInt32(8),
        CompletedAt = JobRow.Time(row, 9),
    };
}
