using LlmGateway.Data.Model;
using Microsoft.Extensions.Options;
using Npgsql;

namespace LlmGateway.Data.Jobs;

/// <summary>Plain commands, one round trip each: clients wait for them, and ask again and again while their job waits.</summary>
internal sealed class JobTable(StoreCalls calls, IOptions<DatabaseOptions> options) : IJobStore
{
    /// <summary>How often the job under an idempotency key may be deleted in the moment between meeting it and reading it.</summary>
    private const int Tries = 5;

    private static readonly TimeSpan PaceWindow = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Both numbers from indexes alone, the second without looking behind the limit. What is due counts, as the rest cannot be started before.
    /// </summary>
    internal static readonly string PositionSql = $"""
        select (
            select count(*) from (
                select 1 from jobs ahead
                where ahead.kind = own.kind and ahead.status = 'queued' and ahead.run_after <= now()
                    and (ahead.queue_at, ahead.id) < (own.queue_at, own.id)
                limit {IJobStore.MaxPosition}) counted)
        from jobs own where own.id = $1 and own.status = 'queued'
        """;

    /// <summary>So many of the last ended jobs of each status make an estimate.</summary>
    private const int PaceSample = 1_000;

    internal static readonly string PaceSql = $"""
        with completed as (
            select completed_at, started_at from jobs where kind = $1 and status = 'completed' and completed_at > now() - $2 and started_at is not null
            order by completed_at desc limit {PaceSample}),
        failed as (
            select completed_at, started_at from jobs where kind = $1 and status = 'failed' and completed_at > now() - $2 and started_at is not null
            order by completed_at desc limit {PaceSample}),
        since as (
            select greatest(
                (select min(completed_at) from completed having count(*) = {PaceSample}),
                (select min(completed_at) from failed having count(*) = {PaceSample}),
                now() - $2) as at),
        ended as (
            select completed_at - started_at as ran from (select * from completed union all select * from failed) either, since
            where completed_at >= since.at)
        select
            (select count(*) from ended), greatest(now() - (select at from since), '1 millisecond'), coalesce((select extract(epoch from avg(ran)) from ended), 0)::double precision,
            (select count(*) from jobs where kind = $1 and status = 'running')
        """;

    public async Task<JobAddition> AddAsync(Job job, CancellationToken cancellationToken)
    {
        for (var tries = 0; tries < Tries; tries++)
        {
            if (await InsertAsync(job, cancellationToken) is { } added)
            {
                return new JobAddition(JobAdditionKind.Added, added);
            }

            if (await FirstAsync(job, cancellationToken) is { } first)
            {
                var same = first.IdempotencyHash.AsSpan().SequenceEqual(job.IdempotencyHash);
                return new JobAddition(same ? JobAdditionKind.Repeated : JobAdditionKind.Conflict, first);
            }
        }

        throw new StoreUnavailableException("The job under this idempotency key comes and goes.");
    }

    public Task<Job?> FindAsync(string id, string? apiKeyId, CancellationToken cancellationToken) =>
        OneAsync(id, JobRow.Columns, apiKeyId, row => JobRow.Read(row), cancellationToken);

    public Task<Job?> FindWholeAsync(string id, string? apiKeyId, bool withEvents, CancellationToken cancellationToken) =>
        OneAsync(
            id,
            $"{JobRow.Columns}, jobs.result, {(withEvents ? "jobs.events" : "null::bytea")}",
            apiKeyId,
            row =>
            {
                var job = JobRow.Read(row);
                job.Result = JobRow.Bytes(row, JobRow.Count);
                job.Events = JobRow.Bytes(row, JobRow.Count + 1);
                return job;
            },
            cancellationToken);

    public Task<IReadOnlyList<Job>> ListAsync(JobListQuery query, CancellationToken cancellationToken)
    {
        if (query.Limit <= 0 || !Fits(query.ApiKeyId) || !Fits(query.After))
        {
            return Task.FromResult<IReadOnlyList<Job>>([]);
        }

        return calls.RunAsync<IReadOnlyList<Job>>(
            async (connection, bound) =>
            {
                await using var command = ListCommand(connection, query);
                return await JobRow.ReadAllAsync(command, bound);
            },
            cancellationToken);
    }

    public Task<IReadOnlyList<JobState>> StatesAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
    {
        var known = ids.Where(StoredText.Fits).ToArray();
        if (known.Length == 0)
        {
            return Task.FromResult<IReadOnlyList<JobState>>([]);
        }

        return calls.RunAsync<IReadOnlyList<JobState>>(
            async (connection, bound) =>
            {
                await using var command = StoreCalls.Command(connection, "select id, status, attempt, progress from jobs where id = any($1)", (object)known);
                await using var row = await command.ExecuteReaderAsync(bound);
                var states = new List<JobState>(known.Length);
                while (await row.ReadAsync(bound))
                {
                    states.Add(new JobState(row.GetString(0), EnumText<JobStatus>.Read(row.GetString(1)), row.GetInt32(2), row.GetDouble(3)));
                }

                return states;
            },
            cancellationToken);
    }

    public async Task<Job?> CancelAsync(string id, string? apiKeyId, CancellationToken cancellationToken)
    {
        const string AtOnce = $"status = 'queued' and not {JobCancellation.NeedsWorkerSql}";
        if (!StoredText.Fits(id) || !Fits(apiKeyId))
        {
            return null;
        }

        var cancelled = await calls.RunAsync(
            async (connection, bound) =>
            {
                // Whoever waits for the row here, such as a claim's end, has the statement look at the status again.
                await using var command = StoreCalls.Command(
                    connection,
                    $"""
                    update jobs set
                        status = case when {AtOnce} then 'cancelled' else status end,
                        completed_at = case when {AtOnce} then now() end,
                        error = case when {AtOnce} then $1::jsonb else error end,
                        webhook_run_after = case when {AtOnce} and webhook_url is not null then now() else webhook_run_after end,
                        cancel_requested_at = case when {AtOnce} then cancel_requested_at else coalesce(cancel_requested_at, now()) end
                    where id = $2 and status in ('queued', 'running'){(apiKeyId is null ? "" : " and api_key_id = $3")}
                    returning {JobRow.Columns}
                    """,
                    apiKeyId is null ? [JobCancellation.Error, id] : [JobCancellation.Error, id, apiKeyId]);
                return await JobRow.ReadOneAsync(command, row => JobRow.Read(row), bound);
            },
            cancellationToken);
        return cancelled ?? await FindAsync(id, apiKeyId, cancellationToken);
    }

    public Task<long?> PositionAsync(string id, CancellationToken cancellationToken) =>
        !StoredText.Fits(id)
            ? Task.FromResult<long?>(null)
            : calls.RunAsync(
                async (connection, bound) =>
                {
                    await using var command = StoreCalls.Command(connection, PositionSql, id);
                    return (long?)await command.ExecuteScalarAsync(bound);
                },
                cancellationToken);

    public Task<JobPace> PaceAsync(JobKind kind, CancellationToken cancellationToken) =>
        calls.RunAsync(
            async (connection, bound) =>
            {
                await using var command = StoreCalls.Command(connection, PaceSql, EnumText<JobKind>.Write(kind), PaceWindow);
                await using var row = await command.ExecuteReaderAsync(bound);
                await row.ReadAsync(bound);
                return new JobPace(row.GetInt64(0), row.GetTimeSpan(1), row.GetDouble(2), row.GetInt64(3));
            },
            cancellationToken);

    /// <summary>A page of a list. A client's page begins where the index of lists says, however much lies before it.</summary>
    internal static NpgsqlCommand ListCommand(NpgsqlConnection connection, JobListQuery query)
    {
        List<object?> values = [EnumText<JobKind>.Write(query.Kind), query.Limit];
        var owner = "api_key_id " + (query.ApiKeyId is { } key ? $"= {Value(key)}" : "is null");
        var after = query.After is { } last ? $" and (created_at, id) < (select created_at, id from jobs where id = {Value(last)} and {owner} and kind = $1)" : "";
        var status = query.Status is { } wanted ? $" and status = {Value(EnumText<JobStatus>.Write(wanted))}" : "";
        var sql = $"select {JobRow.Columns} from jobs where {owner} and kind = $1{after}{status} order by created_at desc, id desc limit $2";
        return StoreCalls.Command(connection, sql, [.. values]);

        string Value(object value)
        {
            values.Add(value);
            return $"${values.Count}";
        }
    }

    /// <summary>The job that came first under the idempotency key.</summary>
    internal static NpgsqlCommand FirstCommand(NpgsqlConnection connection, Job job)
    {
        var (name, key) = (StoredText.Text(job.IdempotencyKey), StoredText.Text(job.ApiKeyId));
        return StoreCalls.Command(
            connection,
            $"select {JobRow.Columns} from jobs where idempotency_key = $1 and api_key_id {(key is null ? "is null" : "= $2")}",
            key is null ? [name] : [name, key]);
    }

    private static bool Fits(string? text) => text is null || StoredText.Fits(text);

    private Task<Job?> InsertAsync(Job job, CancellationToken cancellationToken) =>
        calls.RunAsync(
            async (connection, bound) =>
            {
                await using var command = JobInsert.Command(connection, job);
                if (options.Value.PrepareStatements)
                {
                    // Asks the server once per connection.
                    await command.PrepareAsync(bound);
                }

                return await JobRow.ReadOneAsync(command, row => JobRow.Read(row), bound);
            },
            cancellationToken);

    private Task<Job?> FirstAsync(Job job, CancellationToken cancellationToken) =>
        calls.RunAsync(
            async (connection, bound) =>
            {
                await using var command = FirstCommand(connection, job);
                return await JobRow.ReadOneAsync(command, row => JobRow.Read(row), bound);
            },
            cancellationToken);

    private Task<Job?> OneAsync(string id, string columns, string? apiKeyId, Func<NpgsqlDataReader, Job> read, CancellationToken cancellationToken)
    {
        if (!StoredText.Fits(id) || !Fits(apiKeyId))
        {
            return Task.FromResult<Job?>(null);
        }

        return calls.RunAsync(
            async (connection, bound) =>
            {
                await using var command = StoreCalls.Command(
                    connection,
                    $"select {columns} from jobs where id = $1{(apiKeyId is null ? "" : " and api_key_id = $2")}",
                    apiKeyId is null ? [id] : [id, apiKeyId]);
                return await JobRow.ReadOneAsync(command, read, bound);
            },
            cancellationToken);
    }
}
