using LlmGateway.Data.Journal;
using Npgsql;
using NpgsqlTypes;

namespace LlmGateway.Data.Usage;

internal static class UsageTable
{
    private static readonly CopyColumn<UsageRecord>[] Columns =
    [
        new("id", NpgsqlDbType.Uuid, row => row.Id),
        new("request_id", NpgsqlDbType.Text, row => row.RequestId),
        new("created_at", NpgsqlDbType.TimestampTz, row => row.CreatedAt.UtcDateTime),
        new("api_key_id", NpgsqlDbType.Text, row => row.ApiKeyId),
        new("owner", NpgsqlDbType.Text, row => row.Owner),
        new("team", NpgsqlDbType.Text, row => row.Team),
        new("operation", NpgsqlDbType.Text, row => row.Operation),
        new("requested_model", NpgsqlDbType.Text, row => row.RequestedModel),
        new("model", NpgsqlDbType.Text, row => row.Model),
        new("provider", NpgsqlDbType.Text, row => row.Provider),
        new("status", NpgsqlDbType.Integer, row => row.Status),
        new("error_code", NpgsqlDbType.Text, row => row.ErrorCode),
        new("finish_reason", NpgsqlDbType.Text, row => row.FinishReason),
        new("cache", NpgsqlDbType.Text, row => row.Cache),
        new("sensitivity", NpgsqlDbType.Text, row => row.Sensitivity),
        new("stream", NpgsqlDbType.Boolean, row => row.Stream),
        new("attempts", NpgsqlDbType.Integer, row => row.Attempts),
        new("prompt_tokens", NpgsqlDbType.Bigint, row => row.PromptTokens),
        new("completion_tokens", NpgsqlDbType.Bigint, row => row.CompletionTokens),
        new("cached_tokens", NpgsqlDbType.Bigint, row => row.CachedTokens),
        new("reasoning_tokens", NpgsqlDbType.Bigint, row => row.ReasoningTokens),
        new("cost", NpgsqlDbType.Numeric, row => row.Cost),
        new("estimated", NpgsqlDbType.Boolean, row => row.Estimated),
        new("duration_ms", NpgsqlDbType.Double, row => row.DurationMs),
        new("first_token_ms", NpgsqlDbType.Double, row => row.FirstTokenMs),
        new("job_id", NpgsqlDbType.Text, row => row.JobId),
        new("trace_id", NpgsqlDbType.Text, row => row.TraceId),
    ];

    private static readonly string InsertSql =
        $"insert into {UsageConfiguration.Table} ({string.Join(", ", Columns.Select(column => column.Name))}) "
        + $"values ({string.Join(", ", Columns.Select((_, i) => $"${i + 1}"))}) on conflict do nothing";

    public static CopyTable<UsageRecord> Create(NpgsqlDataSource database) =>
        new(UsageConfiguration.Table, RecordJson.Default.UsageRecord, database, Columns);

    /// <summary>Adds one row, for who does so in a transaction of their own. One that is there already stays as it is.</summary>
    public static NpgsqlCommand Insert(NpgsqlConnection connection, UsageRecord row)
    {
        var command = new NpgsqlCommand(InsertSql, connection);
        foreach (var column in Columns)
        {
            command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = column.Type, Value = column.Stored(row) ?? DBNull.Value });
        }

        return command;
    }
}
