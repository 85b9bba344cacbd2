using System.Globalization;
using LlmGateway.Data.Jobs;
using Npgsql;

namespace LlmGateway.Data.Files;

/// <summary>
/// Files in PostgreSQL. A file that is being deleted is marked first (not uploaded, created before all time), which hides it and refuses
/// further pieces, and then goes in steps, so that deleting a large one stays within the bounds of a call.
/// </summary>
internal sealed class FileTable(StoreCalls calls) : IFileStore
{
    private const string Columns = "id, api_key_id, owner, filename, purpose, bytes, uploaded_at, created_at, expires_at";

    private const string Visible = "uploaded_at is not null and (expires_at is null or expires_at > now())";

    private const string Writable = "uploaded_at is null and created_at > '-infinity'";

    /// <summary>Pieces that one statement deletes.</summary>
    private const int DeleteStep = 64;

    public Task BeginAsync(StoredFile file, CancellationToken cancellationToken) =>
        calls.InTransactionAsync(
            async (connection, bound) =>
            {
                // The row stays locked to the end, and an append locks it before it adds: none comes in between.
                await using var begin = StoreCalls.Command(
                    connection,
                    """
                    insert into files (id, api_key_id, owner, filename, purpose, bytes, uploaded_at, created_at, expires_at)
                    values ($1, $2, $3, $4, $5, 0, null, $6, $7)
                    on conflict (id) do update set api_key_id = excluded.api_key_id, owner = excluded.owner, filename = excluded.filename,
                        purpose = excluded.purpose, bytes = 0, created_at = excluded.created_at, expires_at = excluded.expires_at
                    where files.uploaded_at is null
                    """,
                    file.Id, file.ApiKeyId, file.Owner, file.Filename, file.Purpose, file.CreatedAt, file.ExpiresAt);
                if (await begin.ExecuteNonQueryAsync(bound) == 0)
                {
                    throw new FileLostException($"File '{file.Id}' has been completed already.");
                }

                await using var empty = StoreCalls.Command(connection, "delete from file_chunks where file_id = $1", file.Id);
                return await empty.ExecuteNonQueryAsync(bound);
            },
            cancellationToken);

    public Task AppendAsync(string id, int ordinal, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        calls.RunAsync(
            async (connection, bound) =>
            {
                // One round trip and one transaction, but each command sees what was committed before it began: behind the lock, the
                // second one sees the pieces as they are.
                await using var batch = new NpgsqlBatch(connection);
                var held = new NpgsqlBatchCommand($"select 1 from files where id = $1 and {Writable} for no key update");
                held.Parameters.Add(new() { Value = id });
                batch.BatchCommands.Add(held);
                var add = new NpgsqlBatchCommand(
                    $"""
                    with added as (
                        insert into file_chunks (file_id, ordinal, content) select $1, $2, $3
                        where exists (select 1 from files where id = $1 and {Writable})
                            and $2 = 1 + coalesce((select max(ordinal) from file_chunks where file_id = $1), -1)
                        returning octet_length(content) as length)
                    update files set bytes = bytes + added.length from added where id = $1
                    """);
                add.Parameters.Add(new() { Value = id });
                add.Parameters.Add(new() { Value = ordinal });
                add.Parameters.Add(new() { Value = content, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Bytea });
                batch.BatchCommands.Add(add);
                await batch.ExecuteNonQueryAsync(bound);
                return add.RecordsAffected == 1 ? true : throw Lost(id, ordinal);
            },
            cancellationToken);

    public async Task DescribeAsync(string id, string purpose, DateTimeOffset? expiresAt, CancellationToken cancellationToken)
    {
        if (await ExecuteAsync($"update files set purpose = $2, expires_at = $3 where id = $1 and {Writable}", cancellationToken, id, purpose, expiresAt) == 0)
        {
            throw new FileLostException($"File '{id}' was deleted or completed meanwhile.");
        }
    }

    public Task<StoredFile> CompleteAsync(string id, long bytes, CancellationToken cancellationToken) =>
        calls.InTransactionAsync(
            async (connection, bound) =>
            {
                await using var held = StoreCalls.Command(connection, "select 1 from files where id = $1 for no key update", id);
                await held.ExecuteNonQueryAsync(bound);
                // Whoever repeats the call because the answer was lost gets the same answer.
                await using var command = StoreCalls.Command(
                    connection,
                    $"""
                    update files set bytes = $2, uploaded_at = coalesce(uploaded_at, now()) where id = $1 and created_at > '-infinity'
                        and $2 = (select coalesce(sum(octet_length(content)), 0) from file_chunks where file_id = $1)
                    returning {Columns}
                    """,
                    id, bytes);
                await using var row = await command.ExecuteReaderAsync(bound);
                return await row.ReadAsync(bound) ? Read(row) : throw new FileLostException(
                    string.Create(CultureInfo.InvariantCulture, $"File '{id}' is not there any more, or does not hold {bytes} bytes."));
            },
            cancellationToken);

    public async Task<bool> DeleteAsync(string id, string? apiKeyId, CancellationToken cancellationToken)
    {
        var marked = await ExecuteAsync(
            "update files set uploaded_at = null, created_at = '-infinity' where id = $1 and ($2::text is null or api_key_id = $2) and created_at > '-infinity'",
            cancellationToken, id, apiKeyId);
        if (marked == 0)
        {
            return false;
        }

        await SweepAsync(id, cancellationToken);
        return true;
    }

    public Task<StoredFile?> FindAsync(string id, string? apiKeyId, CancellationToken cancellationToken) =>
        calls.RunAsync(
            async (connection, bound) =>
            {
                await using var command = StoreCalls.Command(
                    connection, $"select {Columns} from files where id = $1 and ($2::text is null or api_key_id = $2) and {Visible}", id, apiKeyId);
                await using var row = await command.ExecuteReaderAsync(bound);
                return await row.ReadAsync(bound) ? Read(row) : null;
            },
            cancellationToken);

    public Task<IReadOnlyList<StoredFile>> ListAsync(string? apiKeyId, string? purpose, int limit, string? after, CancellationToken cancellationToken) =>
        calls.RunAsync<IReadOnlyList<StoredFile>>(
            async (connection, bound) =>
            {
                List<object?> values = [limit];
                var sql = $"select {Columns} from files where {Visible} and {OfKey(apiKeyId, values)}";
                if (purpose is not null)
                {
                    values.Add(purpose);
                    sql += $" and purpose = ${values.Count}";
                }

                if (after is not null)
                {
                    values.Add(after);
                    sql += $" and (created_at, id) < (select created_at, id from files where id = ${values.Count} and {OfKey(apiKeyId, values)})";
                }

                await using var command = StoreCalls.Command(connection, sql + " order by created_at desc, id desc limit $1", [.. values]);
                await using var row = await command.ExecuteReaderAsync(bound);
                List<StoredFile> files = [];
                while (await row.ReadAsync(bound))
                {
                    files.Add(Read(row));
                }

                return files;
            },
            cancellationToken);

    public Task<byte[]?> ReadAsync(string id, int ordinal, CancellationToken cancellationToken) =>
        calls.RunAsync(
            async (connection, bound) =>
            {
                await using var command = StoreCalls.Command(
                    connection,
                    """
                    select content from file_chunks where file_id = $1 and ordinal = $2
                        and exists (select 1 from files where id = $1 and uploaded_at is not null)
                    """,
                    id, ordinal);
                return (byte[]?)await command.ExecuteScalarAsync(bound);
            },
            cancellationToken);

    public Task<long> TotalBytesAsync(string? apiKeyId, CancellationToken cancellationToken) =>
        calls.RunAsync(
            async (connection, bound) =>
            {
                List<object?> values = [];
                var sql = $"select coalesce(sum(bytes), 0)::bigint from files where created_at > '-infinity' and (expires_at is null or expires_at > now()) and {OfKey(apiKeyId, values)}";
                await using var command = StoreCalls.Command(connection, sql, [.. values]);
                return (long)(await command.ExecuteScalarAsync(bound))!;
            },
            cancellationToken);

    public async Task<int> DeleteExpiredAsync(TimeSpan abandonedAfter, int limit, CancellationToken cancellationToken)
    {
        const string Due = "(expires_at <= now() or (uploaded_at is null and created_at < now() - $1))";
        var ids = await calls.RunAsync(
            async (connection, bound) =>
            {
                await using var command = StoreCalls.Command(connection, $"select id from files where {Due} limit $2", abandonedAfter, limit);
                await using var row = await command.ExecuteReaderAsync(bound);
                List<string> due = [];
                while (await row.ReadAsync(bound))
                {
                    due.Add(row.GetString(0));
                }

                return due;
            },
            cancellationToken);
        var deleted = 0;
        foreach (var id in ids)
        {
            // Looked at again: the file may have been begun anew or completed meanwhile.
            if (await ExecuteAsync($"update files set uploaded_at = null, created_at = '-infinity' where id = $2 and {Due}", cancellationToken, abandonedAfter, id) == 1)
            {
                deleted += await SweepAsync(id, cancellationToken);
            }
        }

        return deleted;
    }

    /// <summary>Removes a marked file. One that is begun anew meanwhile stays.</summary>
    private async Task<int> SweepAsync(string id, CancellationToken cancellationToken)
    {
        while (await ExecuteAsync(
            """
            delete from file_chunks where file_id = $1 and exists (select 1 from files where id = $1 and created_at = '-infinity')
                and ordinal in (select ordinal from file_chunks where file_id = $1 order by ordinal limit $2)
            """,
            cancellationToken, id, DeleteStep) > 0)
        {
        }

        return await ExecuteAsync("delete from files where id = $1 and created_at = '-infinity'", cancellationToken, id);
    }

    private Task<int> ExecuteAsync(string sql, CancellationToken cancellationToken, params object?[] values) =>
        calls.RunAsync(
            async (connection, bound) =>
            {
                await using var command = StoreCalls.Command(connection, sql, values);
                return await command.ExecuteNonQueryAsync(bound);
            },
            cancellationToken);

    /// <summary>The key's own files, so that the index serves: NULL = NULL would not.</summary>
    private static string OfKey(string? apiKeyId, List<object?> values)
    {
        if (apiKeyId is null)
        {
            return "api_key_id is null";
        }

        values.Add(apiKeyId);
        return string.Create(CultureInfo.InvariantCulture, $"api_key_id = ${values.Count}");
    }

    private static FileLostException Lost(string id, int ordinal) => new(string.Create(
        CultureInfo.InvariantCulture, $"Piece {ordinal} of file '{id}' was not taken: the file was deleted, completed or begun anew meanwhile."));

    private static StoredFile Read(NpgsqlDataReader row) => new()
    {
        Id = row.GetString(0),
        ApiKeyId = JobRow.Text(row, 1),
        Owner = JobRow.Text(row, 2),
        Filename = row.GetString(3),
        Purpose = row.GetString(4),
        Bytes = row.GetInt64(5),
        UploadedAt = JobRow.Time(row, 6),
        CreatedAt = JobRow.Time(row, 7)!.Value,
        ExpiresAt = JobRow.Time(row, 8),
    };
}
