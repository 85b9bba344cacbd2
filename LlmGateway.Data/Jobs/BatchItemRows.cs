using LlmGateway.Data.Model;
using LlmGateway.Data.Usage;
using Npgsql;

namespace LlmGateway.Data.Jobs;

/// <summary>The statements that add and end lines of a batch. Whoever calls them does so within a transaction that has locked the batch.</summary>
internal static class BatchItemRows
{
    public const string Open = "status in ('queued', 'running')";

    /// <summary>Adds lines that have just ended to the counts.</summary>
    private const string CountSql = """
        update jobs set items_completed = items_completed + $2, items_failed = items_failed + $3,
            progress = case when items_total > 0 then least(1, (items_completed + items_failed + $2 + $3)::float8 / items_total) else progress end
        where id = $1
        """;

    /// <summary>Custom ids that lines have which were taken in before under another number.</summary>
    public static async Task<List<string>> TakenAsync(
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

    public static async Task InsertAsync(NpgsqlConnection connection, string jobId, IReadOnlyList<JobItem> items, CancellationToken cancellationToken)
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
    public static async Task<Dictionary<int, JobStatus>> AnswerAsync(
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

    /// <summary>What the line has become; null when it had ended before.</summary>
    public static async Task<JobStatus?> AnswerOneAsync(NpgsqlConnection connection, string jobId, JobItem item, CancellationToken cancellationToken)
    {
        Dictionary<int, JobStatus> changed = [];
        if (!await StoreCalls.TryAsync(connection, async () => changed = await AnswerAsync(connection, jobId, [(item, null)], cancellationToken), cancellationToken))
        {
            // The answer itself is bytes and can always be stored; an error may be one that jsonb does not take.
            item.Error = LeaseErrors.NotStorable;
            changed = await AnswerAsync(connection, jobId, [(item, null)], cancellationToken);
        }

        return changed.TryGetValue(item.Line, out var status) ? status : null;
    }

    public static async Task ChargeAsync(NpgsqlConnection connection, UsageRecord usage, CancellationToken cancellationToken)
    {
        await using var charge = UsageTable.Insert(connection, usage);
        await charge.ExecuteNonQueryAsync(cancellationToken);
    }

    public static async Task CountAsync(NpgsqlConnection connection, string jobId, int completed, int failed, CancellationToken cancellationToken)
    {
        if (completed + failed > 0)
        {
            await using var command = StoreCalls.Command(connection, CountSql, jobId, completed, failed);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }
}
