using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace LlmGateway.Data.Schema;

/// <summary>
/// Brings the schema to a migration. Any number of processes may do so at once: one works, the others wait for it, all of
/// them within <see cref="DatabaseOptions.StartTimeout"/>. A missing database is created.
/// </summary>
public sealed partial class DatabaseMigrator(
    IServiceScopeFactory scopes, IOptions<DatabaseOptions> options, TimeProvider time, ILogger<DatabaseMigrator> logger)
{
    /// <summary>The advisory lock all replicas agree on: "LLMGATEW" in ASCII.</summary>
    internal const long LockKey = 0x4C4C4D4741544557;

    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(500);

    /// <summary>Applies what is missing, or, with a <paramref name="target"/>, goes up or down to it ("0" is the empty schema).</summary>
    /// <exception cref="DatabaseUnavailableException">It could not be done in time.</exception>
    public Task MigrateAsync(string? target, CancellationToken cancellationToken) =>
        RunLockedAsync(
            async (context, token) =>
            {
                var applied = await AppliedAsync(context, token);
                var missing = context.Database.GetMigrations().Except(applied).ToList();
                if (target is not null || missing.Count > 0)
                {
                    Migrating(target ?? missing[^1]);
                    await context.GetService<IMigrator>().MigrateAsync(target, token);
                }
            },
            cancellationToken);

    /// <summary>Goes down to the migration before the last applied one; returns the one it undid, or null when there was none.</summary>
    public async Task<string?> RollbackAsync(CancellationToken cancellationToken)
    {
        string? undone = null;
        await RunLockedAsync(
            async (context, token) =>
            {
                var applied = await AppliedAsync(context, token);
                if (applied.Count > 0)
                {
                    undone = applied[^1];
                    await context.GetService<IMigrator>().MigrateAsync(applied.Count > 1 ? applied[^2] : Migration.InitialDatabase, token);
                }
            },
            cancellationToken);
        return undone;
    }

    /// <summary>Removes everything LlmGateway keeps in the database and makes the tables anew.</summary>
    public Task ResetAsync(CancellationToken cancellationToken) =>
        RunLockedAsync(
            async (context, token) =>
            {
                var migrator = context.GetService<IMigrator>();
                await migrator.MigrateAsync(Migration.InitialDatabase, token);
                await migrator.MigrateAsync(null, token);
            },
            cancellationToken);

    private async Task RunLockedAsync(Func<GatewayDbContext, CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        var limit = options.Value.StartTimeout;
        using var deadline = new CancellationTokenSource(limit, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        await using var scope = scopes.CreateAsyncScope();
        var context = scope.ServiceProvider.GetRequiredService<GatewayDbContext>();
        context.Database.SetCommandTimeout(limit);
        Exception? last = null;
        try
        {
            while (true)
            {
                try
                {
                    await using var held = await LockAsync(context, linked.Token);
                    await work(context, linked.Token);
                    return;
                }
                catch (Exception exception) when (IsAbsence(exception) && !linked.IsCancellationRequested)
                {
                    last = exception.InnerException as NpgsqlException ?? exception;
                    Unavailable(last.Message);
                }

                await Task.Delay(RetryDelay, time, linked.Token);
            }
        }
        catch (Exception exception) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            var seconds = limit.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture);
            throw new DatabaseUnavailableException(
                $"The database could not be brought up to date within {seconds} s ({(last ?? exception).Message}). "
                + $"Check connection string 'gatewaydb', or raise {DatabaseOptions.Section}:{nameof(DatabaseOptions.StartTimeout)}.",
                exception);
        }
    }

    /// <summary>The server was away or starting. EF Core wraps such failures in an InvalidOperationException.</summary>
    private static bool IsAbsence(Exception exception) =>
        (exception as NpgsqlException ?? exception.InnerException as NpgsqlException) is { } failure
        && (failure.IsTransient || failure is not PostgresException);

    /// <summary>
    /// Takes the lock on a connection of its own, outside the pool, whose end is the lock's end: a process that dies cannot
    /// keep it.
    /// </summary>
    private async Task<NpgsqlConnection> LockAsync(GatewayDbContext context, CancellationToken cancellationToken)
    {
        await CreateMissingDatabaseAsync(context, cancellationToken);
        // A clone, as the connection string has lost its password by now: Npgsql takes it out of a connection that was opened.
        var shared = (NpgsqlConnection)context.Database.GetDbConnection();
        var connection = shared.CloneWith(new NpgsqlConnectionStringBuilder(shared.ConnectionString) { Pooling = false }.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            await using var command = connection.CreateCommand();
            command.CommandText = "select pg_advisory_lock($1)";
            command.CommandTimeout = (int)Math.Ceiling(options.Value.StartTimeout.TotalSeconds);
            command.Parameters.AddWithValue(LockKey);
            await command.ExecuteNonQueryAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// In order. The table of them is made first: EF Core logs the question to a missing one as a failed command, an error in the log of
    /// every first start.
    /// </summary>
    private static async Task<List<string>> AppliedAsync(GatewayDbContext context, CancellationToken cancellationToken)
    {
        await context.GetService<IHistoryRepository>().CreateIfNotExistsAsync(cancellationToken);
        return [.. await context.Database.GetAppliedMigrationsAsync(cancellationToken)];
    }

    private static async Task CreateMissingDatabaseAsync(GatewayDbContext context, CancellationToken cancellationToken)
    {
        var creator = context.GetService<IRelationalDatabaseCreator>();
        if (await creator.ExistsAsync(cancellationToken))
        {
            return;
        }

        try
        {
            await creator.CreateAsync(cancellationToken);
        }
        catch (PostgresException exception) when (
            exception.SqlState is PostgresErrorCodes.DuplicateDatabase or PostgresErrorCodes.UniqueViolation)
        {
            // Another replica was faster.
        }
    }

    [LoggerMessage(LogLevel.Information, "Migrating the database to {Migration}")]
    private partial void Migrating(string migration);

    [LoggerMessage(LogLevel.Warning, "The database is not available yet: {Reason}")]
    private partial void Unavailable(string reason);
}

/// <summary>The database did not answer in time.</summary>
public sealed class DatabaseUnavailableException(string message, Exception? cause = null) : TimeoutException(message, cause);
