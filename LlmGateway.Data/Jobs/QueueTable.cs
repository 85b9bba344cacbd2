using LlmGateway.Data.Model;

namespace LlmGateway.Data.Jobs;

/// <summary>What changes a great many rows does so in slices, each within the time a command may take; broken off, it can be asked for again.</summary>
internal sealed class QueueTable(StoreCalls calls) : IJobQueues
{
    /// <summary>Rows that one statement changes.</summary>
    private const int Slice = 1_000;

    /// <summary>Each part reads one index, and no rows where the table was vacuumed.</summary>
    internal const string FiguresSql = """
        select kind, 'waiting', count(*) filter (where run_after <= now()), count(*) filter (where run_after > now()),
            min(created_at) filter (where run_after <= now())
        from jobs where status = 'queued' group by kind
        union all
        select kind, 'active', count(*), 0, null from jobs where status = 'running' group by kind
        union all
        select kind, status, count(*), 0, null from jobs where completed_at is not null group by kind, status
        union all
        select kind, 'dead', count(*), 0, null from jobs where dead_lettered_at is not null group by kind
        union all
        select name, 'paused', 0, 0, paused_at from queues where paused_at is not null
        """;

    /// <summary>The last of each queue ($1), of which the last are given back: no more rows are read than that, whatever there is.</summary>
    internal static string DeadLettersSql(bool after) => $"""
        select {JobRow.Columns} from unnest($1) queue(kind) cross join lateral (
            select * from jobs where jobs.kind = queue.kind and jobs.dead_lettered_at is not null
                {(after ? "and (dead_lettered_at, id) < (select dead_lettered_at, id from jobs where id = $3 and dead_lettered_at is not null)" : "")}
            order by dead_lettered_at desc, id desc limit $2) jobs
        order by jobs.dead_lettered_at desc, jobs.id desc limit $2
        """;

    private const string ReplaySql = """
        update jobs set
            status = 'queued', replays = replays + 1, failures = 0, progress = 0, error = null, result = null, events = null, usage = null,
            output_file_id = null, error_file_id = null, started_at = null, completed_at = null, cancel_requested_at = null,
            webhook_delivered_at = null, webhook_attempts = 0, webhook_run_after = null, webhook_error = null,
            run_after = now(), expires_at = expires_at + (now() - dead_lettered_at), dead_lettered_at = null
        where id in (select id from picked) returning id
        """;

    private readonly JobRemoval _removal = new(calls);

    public async Task<IReadOnlyList<QueueFigures>> FiguresAsync(CancellationToken cancellationToken)
    {
        var figures = Enum.GetValues<JobKind>().ToDictionary(kind => kind, kind => new QueueFigures(kind, 0, 0, 0, 0, 0, 0, 0, null, null));
        await calls.RunAsync(
            async (connection, bound) =>
            {
                await using var command = StoreCalls.Command(connection, FiguresSql);
                await using var row = await command.ExecuteReaderAsync(bound);
                while (await row.ReadAsync(bound))
                {
                    if (Job.KindOf(row.GetString(0)) is { } kind)
                    {
                        figures[kind] = With(figures[kind], row.GetString(1), row.GetInt64(2), row.GetInt64(3), JobRow.Time(row, 4));
                    }
                }

                return true;
            },
            cancellationToken);
        return [.. figures.Values];
    }

    public async Task<bool> PauseAsync(JobKind kind, string? by, CancellationToken cancellationToken) =>
        await ChangeAsync(
            """
            insert into queues (name, paused_at, paused_by) values ($1, now(), $2)
            on conflict (name) do update set paused_at = excluded.paused_at, paused_by = excluded.paused_by where queues.paused_at is null
            """,
            cancellationToken,
            Job.QueueOf(kind), StoredText.Text(by)) > 0;

    public async Task<bool> ResumeAsync(JobKind kind, CancellationToken cancellationToken) =>
        await ChangeAsync(
            "update queues set paused_at = null, paused_by = null where name = $1 and paused_at is not null", cancellationToken, Job.QueueOf(kind)) > 0;

    public async Task<int> ClearAsync(JobKind kind, CancellationToken cancellationToken)
    {
        const string NeedsWorker = JobCancellation.NeedsWorkerSql;
        var before = await NowAsync(cancellationToken);
        var cleared = 0;
        for (int slice; (slice = await ClearSliceAsync()) > 0; cleared += slice)
        {
        }

        return cleared;

        Task<int> ClearSliceAsync() => ChangeAsync(
            $"""
            with picked as (
                select id from jobs where kind = $2 and status = 'queued' and created_at <= $3 and not ({NeedsWorker} and cancel_requested_at is not null)
                order by queue_at, id limit $4 for update)
            update jobs set
                status = case when {NeedsWorker} then status else 'cancelled' end,
                completed_at = case when not {NeedsWorker} then now() end,
                error = case when {NeedsWorker} then error else $1::jsonb end,
                webhook_run_after = case when not {NeedsWorker} and webhook_url is not null then now() end,
                cancel_requested_at = case when {NeedsWorker} then coalesce(cancel_requested_at, now()) else cancel_requested_at end
            where id in (select id from picked)
            """,
            cancellationToken,
            JobCancellation.Error, EnumText<JobKind>.Write(kind), before, Slice);
    }

    public Task<IReadOnlyList<Job>> DeadLettersAsync(JobKind? kind, int limit, string? after, CancellationToken cancellationToken)
    {
        if (limit <= 0 || (after is not null && !StoredText.Fits(after)))
        {
            return Task.FromResult<IReadOnlyList<Job>>([]);
        }

        return calls.RunAsync(
            async (connection, bound) =>
            {
                var kinds = Kinds(kind).Select(EnumText<JobKind>.Write).ToArray();
                await using var command = StoreCalls.Command(
                    connection, DeadLettersSql(after is not null), after is null ? [kinds, limit] : [kinds, limit, after]);
                return await JobRow.ReadAllAsync(command, bound);
            },
            cancellationToken);
    }

    public Task<Job?> DeadLetterAsync(string id, CancellationToken cancellationToken) =>
        !StoredText.Fits(id)
            ? Task.FromResult<Job?>(null)
            : calls.RunAsync(
                async (connection, bound) =>
                {
                    await using var command = StoreCalls.Command(
                        connection,
                        $"select {JobRow.Columns}, jobs.request, jobs.result, jobs.events from jobs where id = $1 and dead_lettered_at is not null",
                        id);
                    return await JobRow.ReadOneAsync(
                        command,
                        row =>
                        {
                            var job = JobRow.Read(row, JobRow.Count);
                            job.Result = JobRow.Bytes(row, JobRow.Count + 1);
                            job.Events = JobRow.Bytes(row, JobRow.Count + 2);
                            return job;
                        },
                        bound);
                },
                cancellationToken);

    public async Task<IReadOnlyList<string>> ReplayAsync(JobKind? kind, IReadOnlyCollection<string>? ids, CancellationToken cancellationToken)
    {
        var replayed = new List<string>();
        await OfDeadLettersAsync(kind, ids, Slice, ReplaySql, slice =>
        {
            replayed.AddRange(slice);
            return Task.CompletedTask;
        }, cancellationToken);
        return replayed;
    }

    public async Task<int> PurgeAsync(JobKind? kind, IReadOnlyCollection<string>? ids, CancellationToken cancellationToken)
    {
        var purged = 0;
        foreach (var queue in Kinds(kind))
        {
            if (queue == JobKind.Batch)
            {
                // What is no dead letter cannot be replayed while its lines go; what is left when this is cut short goes as any ended job does.
                await OfDeadLettersAsync(
                    queue, ids, JobRemoval.BatchesAtOnce, "update jobs set dead_lettered_at = null where id in (select id from picked) returning id",
                    async slice => purged += await _removal.RemoveAsync(slice, cancellationToken), cancellationToken);
                continue;
            }

            await OfDeadLettersAsync(
                queue, ids, Slice, "delete from jobs where id in (select id from picked) returning id",
                slice =>
                {
                    purged += slice.Count;
                    return Task.CompletedTask;
                },
                cancellationToken);
        }

        return purged;
    }

    /// <summary>Runs <paramref name="change"/>, which takes dead letters from <c>picked</c> and returns their ids, until none is left of those that are there now.</summary>
    private async Task OfDeadLettersAsync(
        JobKind? kind, IReadOnlyCollection<string>? ids, int slice, string change, Func<List<string>, Task> changed, CancellationToken cancellationToken)
    {
        var before = await NowAsync(cancellationToken);
        var kinds = Kinds(kind).Select(EnumText<JobKind>.Write).ToArray();
        foreach (var some in ids is null ? [null] : ids.Where(StoredText.Fits).Distinct().Chunk(slice).AsEnumerable<string[]?>())
        {
            List<string> done;
            do
            {
                done = await SliceAsync(some);
                await changed(done);
            }
            while (some is null && done.Count > 0);
        }

        Task<List<string>> SliceAsync(string[]? some) => calls.RunAsync(
            async (connection, bound) =>
            {
                // In one order everywhere, so that two who change the same ones wait for each other instead of standing still both.
                await using var command = StoreCalls.Command(
                    connection,
                    $"""
                    with picked as (
                        select id from jobs where kind = any($1) and dead_lettered_at <= $2 and status = 'failed'{(some is null ? "" : " and id = any($4)")}
                        order by dead_lettered_at, id limit $3 for update)
                    {change}
                    """,
                    some is null ? [kinds, before, slice] : [kinds, before, slice, some]);
                await using var row = await command.ExecuteReaderAsync(bound);
                var done = new List<string>();
                while (await row.ReadAsync(bound))
                {
                    done.Add(row.GetString(0));
                }

                return done;
            },
            cancellationToken);
    }

    private Task<int> ChangeAsync(string sql, CancellationToken cancellationToken, params object?[] values) =>
        calls.RunAsync(
            async (connection, bound) =>
            {
                await using var command = StoreCalls.Command(connection, sql, values);
                return await command.ExecuteNonQueryAsync(bound);
            },
            cancellationToken);

    /// <summary>The server's time: what comes later is not meant.</summary>
    private Task<DateTimeOffset> NowAsync(CancellationToken cancellationToken) =>
        calls.RunAsync(
            async (connection, bound) =>
            {
                await using var command = StoreCalls.Command(connection, "select now()");
                await using var row = await command.ExecuteReaderAsync(bound);
                await row.ReadAsync(bound);
                return JobRow.Time(row, 0)!.Value;
            },
            cancellationToken);

    private static IEnumerable<JobKind> Kinds(JobKind? kind) => kind is { } one ? [one] : Enum.GetValues<JobKind>();

    private static QueueFigures With(QueueFigures figures, string what, long count, long delayed, DateTimeOffset? time) => what switch
    {
        "waiting" => figures with { Waiting = count, Delayed = delayed, OldestWaiting = time },
        "active" => figures with { Active = count },
        "completed" => figures with { Completed = count },
        "failed" => figures with { Failed = count },
        "cancelled" or "expired" => figures with { Cancelled = figures.Cancelled + count },
        "dead" => figures with { DeadLetters = count },
        "paused" => figures with { PausedAt = time },
        _ => figures,
    };
}
