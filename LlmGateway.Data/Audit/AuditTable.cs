using LlmGateway.Data.Journal;
using Npgsql;
using NpgsqlTypes;

namespace LlmGateway.Data.Audit;

internal static class AuditTable
{
    private static readonly CopyColumn<AuditRecord>[] Columns =
    [
        new("id", NpgsqlDbType.Uuid, row => row.Id),
        new("occurred_at", NpgsqlDbType.TimestampTz, row => row.OccurredAt.UtcDateTime),
        new("action", NpgsqlDbType.Text, row => row.Action),
        new("outcome", NpgsqlDbType.Text, row => row.Outcome),
        new("request_id", NpgsqlDbType.Text, row => row.RequestId),
        new("api_key_id", NpgsqlDbType.Text, row => row.ApiKeyId),
        new("actor", NpgsqlDbType.Text, row => row.Actor),
        new("subject", NpgsqlDbType.Text, row => row.Subject),
        new("detail", NpgsqlDbType.Jsonb, row => row.Detail),
    ];

    public static CopyTable<AuditRecord> Create(NpgsqlDataSource database) =>
        new(AuditConfiguration.Table, RecordJson.Default.AuditRecord, database, Columns);
}
