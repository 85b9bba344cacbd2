using LlmGateway.Data.Model;
using Npgsql;
using NpgsqlTypes;

namespace LlmGateway.Data.Jobs;

/// <summary>
/// The statement that stores a new job. Parameters have their types, so that the statement can be prepared; times are counted from the
/// server's clock.
/// </summary>
internal static class JobInsert
{
    private const string Sql = $"""
        insert into jobs (
            id, kind, status, api_key_id, owner, team, model, priority, queue_at, request, sensitivity, progress, attempt, failures, replays, max_attempts,
            run_after, idempotency_key, idempotency_hash, webhook_url, webhook_attempts, input_file_id, endpoint, phase, items_total, items_completed,
            items_failed, metadata, trace_parent, created_at, expires_at, accepted_under, allowed_models)
        values (
            $1, $2, 'queued', $3, $4, $5, $6, $7, now() + $8, $9, $10, 0, 0, 0, 0, $11,
            now(), $12, $13, $14, 0, $15, $16, $17, 0, 0,
            0, $18, $19, now(), now() + $20, $21, $22)
        on conflict (api_key_id, idempotency_key) where idempotency_key is not null do nothing
        returning {JobRow.Columns}
        """;

    public static NpgsqlCommand Command(NpgsqlConnection connection, Job job)
    {
        var command = new NpgsqlCommand(Sql, connection);
        var parameters = command.Parameters;
        Text(job.Id);
        Text(EnumText<JobKind>.Write(job.Kind));
        Text(job.ApiKeyId);
        Text(job.Owner);
        Text(job.Team);
        Text(job.Model);
        Text(EnumText<JobPriority>.Write(job.Priority));
        Add(NpgsqlDbType.Interval, job.QueueAt - job.CreatedAt);
        Add(NpgsqlDbType.Bytea, job.Request);
        Text(job.Sensitivity);
        Add(NpgsqlDbType.Integer, job.MaxAttempts);
        Text(job.IdempotencyKey);
        Add(NpgsqlDbType.Bytea, job.IdempotencyHash);
        Text(job.WebhookUrl);
        Text(job.InputFileId);
        Text(job.Endpoint);
        Text(job.Phase is { } phase ? EnumText<BatchPhase>.Write(phase) : null);
        Add(NpgsqlDbType.Jsonb, StoredText.Json(job.Metadata));
        Text(job.TraceParent);
        Add(NpgsqlDbType.Interval, job.ExpiresAt - job.CreatedAt);
        Text(job.AcceptedUnder);
        Add(NpgsqlDbType.Array | NpgsqlDbType.Text, job.AllowedModels);
        return command;

        void Text(string? value) => Add(NpgsqlDbType.Text, StoredText.Text(value));

        void Add(NpgsqlDbType type, object? value) => parameters.Add(new NpgsqlParameter { NpgsqlDbType = type, Value = value ?? DBNull.Value });
    }
}
