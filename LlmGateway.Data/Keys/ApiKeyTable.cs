using Npgsql;

namespace LlmGateway.Data.Keys;

/// <summary>Plain commands: a lookup stands in the way of a request, and an object mapper's first query takes longer than it may.</summary>
internal sealed class ApiKeyTable(NpgsqlDataSource database) : IApiKeyTable
{
    public async Task<ApiKeyGrant?> FindAsync(byte[] hash, CancellationToken cancellationToken)
    {
        await using var command = Command("select id, owner, team, roles, expires_at, revoked_at, allowed_models from api_keys where hash = $1", hash);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken))
        {
            return null;
        }

        return new ApiKeyGrant(
            row.GetString(0), row.GetString(1), row.IsDBNull(2) ? null : row.GetString(2), row.GetFieldValue<string[]>(3), Time(row, 4), Time(row, 5))
        {
            AllowedModels = row.GetFieldValue<string[]>(6),
        };
    }

    public async Task TouchAsync(IReadOnlyDictionary<string, DateTimeOffset> lastUses, CancellationToken cancellationToken)
    {
        await using var command = Command(
            "update api_keys set last_used_at = used.at from unnest($1, $2) as used (id, at) "
            + "where api_keys.id = used.id and (last_used_at is null or last_used_at < used.at)",
            lastUses.Keys.ToArray(), lastUses.Values.Select(at => at.UtcDateTime).ToArray());
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public async Task<int> RevokeOwnerAsync(string owner, DateTimeOffset revokedAt, CancellationToken cancellationToken)
    {
        await using var command = Command("update api_keys set revoked_at = $2 where owner = $1 and revoked_at is null", owner, revokedAt.UtcDateTime);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public async Task<int> SetOwnerRolesAsync(string owner, IReadOnlyCollection<string> roles, CancellationToken cancellationToken)
    {
        await using var command = Command("update api_keys set roles = $2 where owner = $1", owner, roles.ToArray());
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private NpgsqlCommand Command(string sql, params object[] values)
    {
        var command = database.CreateCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        return command;
    }

    private static DateTimeOffset? Time(NpgsqlDataReader row, int column) =>
        row.IsDBNull(column) ? null : new DateTimeOffset(row.GetDateTime(column), TimeSpan.Zero);
}
