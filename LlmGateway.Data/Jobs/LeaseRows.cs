using LlmGateway.Data.Model;
using LlmGateway.Data.Usage;
using Npgsql;

namespace LlmGateway.Data.Jobs;

/// <summary>The statements that end a running job or put it back. Whoever calls them does so within a transaction.</summary>
internal static class LeaseRows
{
    private const string Held = "id = $1 and lease_owner = $2 and attempt = $3 and status = 'running'";

    /// <summary>The job, locked, as long as the lease holds. That its time has run out means nothing while nobody has taken the job.</summary>
    public static async Task<Job?> LockAsync(NpgsqlConnection connection, JobLease lease, CancellationToken cancellationToken)
    {
        await using var command = StoreCalls.Command(
            connection, $"select {JobRow.Columns} from jobs where {Held} for update", lease.JobId, lease.Worker, lease.Attempt);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) ? JobRow.Read(row) : null;
    }

    /// <summary>Ends the job and writes its usage row, when the lease holds.</summary>
    /// <param name="connection">Within a transaction.</param>
    /// <param name="lease">The claim.</param>
    /// <param name="end">How it ended.</param>
    /// <param name="failure">What the end of a failed attempt means for the job; null for other ends.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public static async Task<bool> EndAsync(NpgsqlConnection connection, JobLease lease, JobEnd end, PutBack? failure, CancellationToken cancellationToken)
    {
        await using (var command = StoreCalls.Command(
            connection,
            $"""
            update jobs set status = $4, result = $5, events = $6, error = $7::jsonb, usage = $8::jsonb,
                output_file_id = coalesce($9, output_file_id), error_file_id = coalesce($10, error_file_id),
                progress = case when $4 = 'completed' then 1 else progress end, lease_owner = null, lease_until = null, completed_at = now(),
                failures = coalesce($11, failures), dead_lettered_at = case when $12 then now() end,
                webhook_run_after = case when webhook_url is not null then now() end
            where {Held}
            """,
            lease.JobId, lease.Worker, lease.Attempt, EnumText<JobStatus>.Write(end.Status), end.Result, end.Events, StoredText.Json(end.Error), StoredText.Json(end.UsageJson),
            end.OutputFileId, end.ErrorFileId, failure?.Failures, failure?.Status == JobStatus.Failed))
        {
            if (await command.ExecuteNonQueryAsync(cancellationToken) == 0)
            {
                return false;
            }
        }

        if (end.Usage is { } usage)
        {
            await using var charge = UsageTable.Insert(connection, usage);
            await charge.ExecuteNonQueryAsync(cancellationToken);
        }

        return true;
    }

    /// <summary>Puts jobs back that the transaction has locked.</summary>
    /// <returns>The jobs as they are now.</returns>
    public static async Task<IReadOnlyList<Job>> PutBackAsync(
        NpgsqlConnection connection, IReadOnlyList<(Job Job, PutBack Change)> jobs, CancellationToken cancellationToken)
    {
        await using var command = StoreCalls.Command(
            connection,
            $"""
            update jobs set status = given.status, failures = given.failures, error = given.error::jsonb, lease_owner = null, lease_until = null,
                run_after = case when given.status = 'queued' then now() + given.delay else run_after end,
                completed_at = case when given.status <> 'queued' then now() end,
                dead_lettered_at = case when given.status = 'failed' then now() end,
                webhook_run_after = case when given.status <> 'queued' and webhook_url is not null then now() end
            from unnest($1, $2, $3, $4, $5) as given (id, status, failures, delay, error)
            where jobs.id = given.id
            returning {JobRow.Columns}
            """,
            jobs.Select(given => given.Job.Id).ToArray(),
            jobs.Select(given => EnumText<JobStatus>.Write(given.Change.Status)).ToArray(),
            jobs.Select(given => given.Change.Failures).ToArray(),
            jobs.Select(given => given.Change.Delay).ToArray(),
            jobs.Select(given => StoredText.Json(given.Change.Error)).ToArray());
        return await ReadAsync(command, cancellationToken);
    }

    /// <summary>Reads rows of <see cref="JobRow.Columns"/>.</summary>
    public static async Task<IReadOnlyList<Job>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var jobs = new List<Job>();
        while (await row.ReadAsync(cancellationToken))
        {
            jobs.Add(JobRow.Read(row));
        }

        return jobs;
    }

    /// <summary>Runs a statement that returns ids.</summary>
    public static async Task<IReadOnlyList<string>> IdsAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var ids = new List<string>();
        while (await row.ReadAsync(cancellationToken))
        {
            ids.Add(row.GetString(0));
        }

        return ids;
    }
}
