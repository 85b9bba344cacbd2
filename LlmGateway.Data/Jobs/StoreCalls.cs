using System.Net.Sockets;
using Npgsql;

namespace LlmGateway.Data.Jobs;

/// <summary>Runs calls to the database for the stores: each bounded in time, and each failure that is not the caller's a <see cref="StoreUnavailableException"/>.</summary>
internal sealed class StoreCalls(NpgsqlDataSource database)
{
    /// <summary>Above what connecting and a command may take by themselves.</summary>
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(10);

    /// <summary>Runs <paramref name="work"/> on a connection of its own.</summary>
    /// <exception cref="StoreUnavailableException">There was no answer in time, or none that can be used.</exception>
    public async Task<T> RunAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(Bound);
        try
        {
            await using var connection = await database.OpenConnectionAsync(bound.Token);
            return await work(connection, bound.Token);
        }
        catch (Exception e) when (IsOutage(e, cancellationToken))
        {
            if (e is PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction })
            {
                // A primary that is one no more: the other connections lead there too, and new ones look up its name again.
                database.Clear();
            }

            throw new StoreUnavailableException("The database does not answer.", e);
        }
    }

    /// <summary>Runs <paramref name="work"/> in a transaction, which is committed when it returns.</summary>
    /// <inheritdoc cref="RunAsync{T}"/>
    public Task<T> InTransactionAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> work, CancellationToken cancellationToken) =>
        RunAsync(
            async (connection, bound) =>
            {
                await using var transaction = await connection.BeginTransactionAsync(bound);
                var result = await work(connection, bound);
                await transaction.CommitAsync(bound);
                return result;
            },
            cancellationToken);

    /// <summary>Runs <paramref name="work"/> behind a savepoint of the transaction; false when the database refused its values, and nothing of it is left then.</summary>
    public static async Task<bool> TryAsync(NpgsqlConnection connection, Func<Task> work, CancellationToken cancellationToken)
    {
        await ExecuteAsync(connection, "savepoint work", cancellationToken);
        try
        {
            await work();
        }
        catch (Exception e) when (IsRefusal(e))
        {
            await ExecuteAsync(connection, "rollback to savepoint work", cancellationToken);
            return false;
        }

        await ExecuteAsync(connection, "release savepoint work", cancellationToken);
        return true;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>A command with the values of its parameters <c>$1</c>, <c>$2</c>, …; null is NULL.</summary>
    public static NpgsqlCommand Command(NpgsqlConnection connection, string sql, params ReadOnlySpan<object?> values)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter
            {
                Value = value switch
                {
                    null => DBNull.Value,
                    DateTimeOffset time => time.UtcDateTime,
                    _ => value,
                },
            });
        }

        return command;
    }

    /// <summary>The database does not take the values themselves: a number out of range, a text that is no JSON, a row that breaks a rule. Trying again is in vain.</summary>
    public static bool IsRefusal(Exception e) => e is PostgresException { SqlState: ['2', '2' or '3', ..] or ['5', '4', ..] } or ArgumentException or OverflowException or InvalidCastException;

    private static bool IsOutage(Exception e, CancellationToken cancellationToken) => e switch
    {
        // Shutting down, starting up, out of connections, a broken connection, a deadlock, a primary that is one no more: the next try may go well.
        PostgresException refused => refused.IsTransient || refused.SqlState == PostgresErrorCodes.ReadOnlySqlTransaction || refused.SqlState.StartsWith("57", StringComparison.Ordinal) || refused.SqlState.StartsWith("08", StringComparison.Ordinal),
        NpgsqlException or TimeoutException or SocketException or IOException => true,
        OperationCanceledException => !cancellationToken.IsCancellationRequested,
        _ => false,
    };
}
