using LlmGateway.Data.Model;
using LlmGateway.Data.Usage;
using Npgsql;

namespace LlmGateway.Data.Jobs;

/// <summary>
/// Lines of batches in table <c>job_items</c>. Every change locks the batch's row first, as long as the lease holds, so that two workers
/// cannot change one batch side by side and counts are never lost.
/// </summary>
internal sealed class BatchItemTable(StoreCalls calls) : IBatchItems
{
    /// <summary>A page ends behind the line with which its requests or answers have come to so many bytes.</summary>
    private const int PageBytes = 8 * 1024 * 1024;

    /// <summary>Open lines that one statement ends.</summary>
    private const int EndStep = 2_000;

    private const string Held = "id = $1 and attempt = $2 and lease_owner = $3 and status = 'running'";

    private const string Open = "status in ('queued', 'running')";

    /// <summary>Adds lines that have just ended to the counts.</summary>
    private const string CountSql = """
        update jobs set items_completed = items_completed + $2, items_failed = items_failed + $3,
            progress = case when items_total > 0 then least(1, (items_completed + items_failed + $2 + $3)::float8 / items_total) else progress end
        where id = $1
        """;

    public Task<IReadOnlyList<string>?> AddAsync(JobLease lease, IReadOnlyList<JobItem> items, CancellationToken cancellationToken) =>
        calls.InTransactionAsync<IReadOnlyList<string>?>(
            async (connection, bound) =>
            {
                if (!await LockAsync(connection, lease, bound))
                {
                    return null;
                }

                var taken = BatchCustomIds.Repeated(items);
                taken.AddRange(await TakenAsync(connection, lease.JobId, items, bound));
                if (taken.Count == 0)
                {
                    await InsertAsync(connection, lease.JobId, items, bound);
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

    public Task<bool> EndAsync(JobLease lease, IReadOnlyList<(JobItem Item, UsageRecord? Usage)> ended, CancellationToken cancellationToken) =>
        calls.InTransactionAsync(
            async (connection, bound) =>
            {
                if (!await LockAsync(connection, lease, bound))
                {
                    return false;
                }

                var changed = await AnswerAsync(connection, lease.JobId, ended, bound);
                foreach (var (item, usage) in ended)
                {
                    if (usage is not null && changed.ContainsKey(item.Line))
                    {
                        await using var charge = UsageTable.Insert(connection, usage);
                        await charge.ExecuteNonQueryAsync(bound);
                    }
                }

                var completed = changed.Values.Count(status => status == JobStatus.Completed);
                await CountAsync(connection, lease.JobId, completed, changed.Count - completed, bound);
                return true;
            },
            cancellationToken);

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
                await CountAsync(connection, lease.JobId, 0, status == JobStatus.Cancelled ? 0 : changed, bound);
                return changed;
            },
            cancellationToken);

    private static async Task<bool> LockAsync(NpgsqlConnection connection, JobLease lease, CancellationToken cancellationToken)
    {
        await using var command = StoreCalls.Command(
            connection, $"select 1 from jobs where {Held} for update", lease.JobId, lease.Attempt, lease.Worker);
        return await command.ExecuteScalarAsync(cancellationToken) is not null;
    }

    /// <summary>Custom ids that lines have which were taken in before under another number.</summary>
    private static async Task<List<string>> TakenAsync(
        NpgsqlConnection connection, string jobId, IReadOnlyList<JobItem> items, CancellationToken cancellationToken)
    {
        await using var command = StoreCalls.Command(
            connection,
            """
            select distinct given.custom_id from unnest($2::text[], $3::int[]) as given (custom_id, line)
            join job_items on job_items.job_id = $1 and job_items.custom_id = given.custom_id and job_items.line <> given.line
            """,
            jobId, items.Select(item => item.CustomId).ToArray(), items.Select(item => item.Line).ToArray());
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var taken = new List<string>();
        while (await row.ReadAsync(cancellationToken))
        {
            taken.Add(row.GetString(0));
        }

        return taken;
    }

    private static async Task InsertAsync(NpgsqlConnection connection, string jobId, IReadOnlyList<JobItem> items, CancellationToken cancellationToken)
    {
        await using var command = StoreCalls.Command(
            connection,
            """
            insert into job_items (job_id, line, custom_id, status, request, request_id, attempt)
            select $1, given.line, given.custom_id, 'queued', given.request, given.request_id, 0
            from unnest($2::int[], $3::text[], $4::bytea[], $5::text[]) as given (line, custom_id, request, request_id)
            on conflict (job_id, line) do nothing
            """,
            jobId, items.Select(item => item.Line).ToArray(), items.Select(item => item.CustomId).ToArray(),
            items.Select(item => item.Request).ToArray(), items.Select(item => item.RequestId).ToArray());
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Writes answers to lines that have none.</summary>
    /// <returns>The lines that got theirs now.</returns>
    private static async Task<Dictionary<int, JobStatus>> AnswerAsync(
        NpgsqlConnection connection, string jobId, IReadOnlyList<(JobItem Item, UsageRecord? Usage)> ended, CancellationToken cancellationToken)
    {
        await using var command = StoreCalls.Command(
            connection,
            $"""
            update job_items set status = given.status, response = given.response, response_status = given.response_status,
                error = given.error::jsonb, attempt = given.attempt, completed_at = now()
            from unnest($2::int[], $3::text[], $4::bytea[], $5::int[], $6::text[], $7::int[]) as given (line, status, response, response_status, error, attempt)
            where job_items.job_id = $1 and job_items.line = given.line and job_items.{Open}
            returning job_items.line, job_items.status
            """,
            jobId, ended.Select(one => one.Item.Line).ToArray(), ended.Select(one => EnumText<JobStatus>.Write(one.Item.Status)).ToArray(),
            ended.Select(one => one.Item.Response).ToArray(), ended.Select(one => one.Item.ResponseStatus).ToArray(),
            ended.Select(one => one.Item.Error).ToArray(), ended.Select(one => one.Item.Attempt).ToArray());
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var changed = new Dictionary<int, JobStatus>();
        while (await row.ReadAsync(cancellationToken))
        {
            changed[row.GetInt32(0)] = EnumText<JobStatus>.Read(row.GetString(1));
        }

        return changed;
    }

    private static async Task CountAsync(NpgsqlConnection connection, string jobId, int completed, int failed, CancellationToken cancellationToken)
    {
        if (completed + failed > 0)
        {
            await using var command = StoreCalls.Command(connection, CountSql, jobId, completed, failed);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
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
