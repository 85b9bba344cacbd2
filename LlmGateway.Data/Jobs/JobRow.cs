using LlmGateway.Data.Model;
using Npgsql;

namespace LlmGateway.Data.Jobs;

/// <summary>A row of table <c>jobs</c> as the stores read it.</summary>
internal static class JobRow
{
    /// <summary>All but the request, the result and the events, which can be large; a statement adds those it wants, in this order.</summary>
    public const string Columns = """
        jobs.id, jobs.kind, jobs.status, jobs.api_key_id, jobs.owner, jobs.team, jobs.model, jobs.priority, jobs.queue_at, jobs.error, jobs.usage, jobs.sensitivity,
        jobs.progress, jobs.attempt, jobs.failures, jobs.max_attempts, jobs.lease_owner, jobs.lease_until, jobs.run_after, jobs.idempotency_hash, jobs.webhook_url,
        jobs.webhook_delivered_at, jobs.webhook_attempts, jobs.webhook_run_after, jobs.webhook_error, jobs.input_file_id, jobs.output_file_id, jobs.error_file_id,
        jobs.endpoint, jobs.phase, jobs.items_total, jobs.items_completed, jobs.items_failed, jobs.in_progress_at, jobs.finalizing_at, jobs.metadata, jobs.trace_parent,
        jobs.created_at, jobs.started_at, jobs.completed_at, jobs.cancel_requested_at, jobs.dead_lettered_at, jobs.expires_at, jobs.replays
        """;

    /// <summary>The number of <see cref="Columns"/>: where what a statement added begins.</summary>
    public const int Count = 44;

    /// <summary>Reads a row of <see cref="Columns"/>.</summary>
    /// <param name="row">The row.</param>
    /// <param name="request">The column that holds the request; null when it was not asked for.</param>
    public static Job Read(NpgsqlDataReader row, int? request = null) => new()
    {
        Id = row.GetString(0),
        Kind = EnumText<JobKind>.Read(row.GetString(1)),
        Status = EnumText<JobStatus>.Read(row.GetString(2)),
        ApiKeyId = Text(row, 3),
        Owner = Text(row, 4),
        Team = Text(row, 5),
        Model = row.GetString(6),
        Priority = EnumText<JobPriority>.Read(row.GetString(7)),
        QueueAt = Time(row, 8)!.Value,
        Request = request is { } column ? row.GetFieldValue<byte[]>(column) : [],
        Error = Text(row, 9),
        Usage = Text(row, 10),
        Sensitivity = Text(row, 11),
        Progress = row.GetDouble(12),
        Attempt = row.GetInt32(13),
        Failures = row.GetInt32(14),
        MaxAttempts = row.GetInt32(15),
        LeaseOwner = Text(row, 16),
        LeaseUntil = Time(row, 17),
        RunAfter = Time(row, 18)!.Value,
        IdempotencyHash = Bytes(row, 19),
        WebhookUrl = Text(row, 20),
        WebhookDeliveredAt = Time(row, 21),
        WebhookAttempts = row.GetInt32(22),
        WebhookRunAfter = Time(row, 23),
        WebhookError = Text(row, 24),
        InputFileId = Text(row, 25),
        OutputFileId = Text(row, 26),
        ErrorFileId = Text(row, 27),
        Endpoint = Text(row, 28),
        Phase = Text(row, 29) is { } phase ? EnumText<BatchPhase>.Read(phase) : null,
        ItemsTotal = row.GetInt32(30),
        ItemsCompleted = row.GetInt32(31),
        ItemsFailed = row.GetInt32(32),
        InProgressAt = Time(row, 33),
        FinalizingAt = Time(row, 34),
        Metadata = Text(row, 35),
        TraceParent = Text(row, 36),
        CreatedAt = Time(row, 37)!.Value,
        StartedAt = Time(row, 38),
        CompletedAt = Time(row, 39),
        CancelRequestedAt = Time(row, 40),
        DeadLetteredAt = Time(row, 41),
        ExpiresAt = Time(row, 42),
        Replays = row.GetInt32(43),
    };

    /// <summary>The one row of the command; null when there is none.</summary>
    public static async Task<Job?> ReadOneAsync(NpgsqlCommand command, Func<NpgsqlDataReader, Job> read, CancellationToken cancellationToken)
    {
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) ? read(row) : null;
    }

    /// <summary>All rows of a command for <see cref="Columns"/>.</summary>
    public static async Task<IReadOnlyList<Job>> ReadAllAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var jobs = new List<Job>();
        while (await row.ReadAsync(cancellationToken))
        {
            jobs.Add(Read(row));
        }

        return jobs;
    }

    public static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    public static byte[]? Bytes(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<byte[]>(column);

    public static DateTimeOffset? Time(NpgsqlDataReader row, int column) =>
        row.IsDBNull(column) ? null : new DateTimeOffset(row.GetDateTime(column), TimeSpan.Zero);
}
