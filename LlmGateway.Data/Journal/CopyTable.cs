using System.Text.Json.Serialization.Metadata;
using Npgsql;
using NpgsqlTypes;

namespace LlmGateway.Data.Journal;

/// <summary>A column of a <see cref="CopyTable{T}"/>: its name, its type, and the row's value for it.</summary>
internal sealed record CopyColumn<T>(string Name, NpgsqlDbType Type, Func<T, object?> Value)
{
    /// <summary>The value as it can be stored.</summary>
    public object? Stored(T row) => Value(row) switch
    {
        // A NUL character cannot be stored in PostgreSQL's text; one in a model name must not stop the batch.
        string text => text.Replace("\0", "", StringComparison.Ordinal),
        var value => value,
    };
}

/// <summary>
/// Writes batches by binary COPY into a temporary table and from there into the real one, leaving out rows whose key is
/// there. Keeps one connection, so that the temporary table is made once; whoever calls does so one call at a time.
/// </summary>
internal sealed class CopyTable<T>(string name, JsonTypeInfo<T> json, NpgsqlDataSource database, IReadOnlyList<CopyColumn<T>> columns)
    : IBatchTable<T>, IAsyncDisposable
{
    private readonly string _columns = string.Join(", ", columns.Select(column => column.Name));
    private NpgsqlConnection? _connection;

    public string Name => name;

    public JsonTypeInfo<T> Json => json;

    public async Task WriteAsync(IReadOnlyList<T> rows, CancellationToken cancellationToken)
    {
        try
        {
            var connection = _connection ??= await ConnectAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await CopyAsync(connection, rows, cancellationToken);
            await using var move = new NpgsqlCommand(
                $"insert into {name} ({_columns}) select {_columns} from batch_{name} on conflict do nothing", connection, transaction);
            await move.ExecuteNonQueryAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
        catch (Exception e)
        {
            await DisposeAsync();
            if (e is PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction })
            {
                database.Clear();
            }

            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _connection, null) is { } connection)
        {
            await connection.DisposeAsync();
        }
    }

    private async Task CopyAsync(NpgsqlConnection connection, IReadOnlyList<T> rows, CancellationToken cancellationToken)
    {
        await using var import = await connection.BeginBinaryImportAsync(
            $"copy batch_{name} ({_columns}) from stdin (format binary)", cancellationToken);
        foreach (var row in rows)
        {
            await import.StartRowAsync(cancellationToken);
            foreach (var column in columns)
            {
                if (column.Stored(row) is { } value)
                {
                    await import.WriteAsync(value, column.Type, cancellationToken);
                }
                else
                {
                    await import.WriteNullAsync(cancellationToken);
                }
            }
        }

        await import.CompleteAsync(cancellationToken);
    }

    private async Task<NpgsqlConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        var connection = await database.OpenConnectionAsync(cancellationToken);
        try
        {
            await using var command = new NpgsqlCommand(
                $"create temporary table batch_{name} (like {name}) on commit delete rows", connection);
            await command.ExecuteNonQueryAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }
}
