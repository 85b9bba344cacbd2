using LlmGateway.Core.Pipeline;
using LlmGateway.Data.Audit;
using LlmGateway.Data.Keys;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace LlmGateway.Data.Schema;

/// <summary>The operator's commands: <c>db migrate | rollback | status | seed | add-key | reset</c>. A host calls them instead of serving.</summary>
public static class DatabaseCommands
{
    private const string Usage = """
        usage: db COMMAND
          migrate [NAME]  apply all migrations, or go up or down to NAME (0 deletes everything)
          rollback        undo the last applied migration
          status          list the migrations, applied and pending
          seed            make the first administrator's key, when there is no key yet, and print it
          add-key NAME [--role user|admin]
                          make a key and print it; an administrator's may call models too
          reset           delete all data and make the tables anew
        What goes down or deletes asks first, unless --yes is given.
        """;

    private const string Yes = "--yes";
    private const string Everything = "This deletes all keys, jobs, usage and everything else";
    private static readonly string[] Administrator = [CallerRoles.Admin, CallerRoles.User];

    /// <summary>Whether the command line is for <see cref="RunAsync"/>: its first word is <c>db</c>.</summary>
    public static bool Handles(IReadOnlyList<string> args) => args.Count > 0 && args[0] == "db";

    /// <summary>Runs one command on the services of <c>AddGatewayData</c>, whose host need not have been started.</summary>
    /// <returns>The process's exit code: 0 done, 1 failed or declined, 2 not understood.</returns>
    public static async Task<int> RunAsync(
        IReadOnlyList<string> args, IServiceProvider services, TextReader input, TextWriter output, CancellationToken cancellationToken = default)
    {
        var confirmed = args.Contains(Yes);
        var words = (Handles(args) ? args.Skip(1) : args).Where(word => word != Yes).ToArray();
        try
        {
            switch (words)
            {
                case ["migrate"] or ["migrate", _]:
                    return await MigrateAsync(words.ElementAtOrDefault(1), confirmed, services, input, output, cancellationToken);
                case ["rollback"]:
                    return await RollbackAsync(confirmed, services, input, output, cancellationToken);
                case ["status"]:
                    return await StatusAsync(services, output, cancellationToken);
                case ["seed"]:
                    return await SeedAsync(services, output, cancellationToken);
                case ["add-key", var name] when IsName(name):
                    return await AddKeyAsync(name, CallerRoles.Default, services, output, cancellationToken);
                case ["add-key", var name, "--role", var role] when IsName(name) && CallerRoles.IsKnown(role):
                    return await AddKeyAsync(name, role == CallerRoles.Admin ? Administrator : [role], services, output, cancellationToken);
                case ["reset"]:
                    return await ResetAsync(confirmed, services, input, output, cancellationToken);
                default:
                    await output.WriteLineAsync(Usage);
                    return 2;
            }
        }
        catch (Exception exception) when (exception is DatabaseUnavailableException or NpgsqlException or DbUpdateException or InvalidOperationException)
        {
            await output.WriteLineAsync($"db {string.Join(' ', words)} failed: {(exception.InnerException as PostgresException ?? exception).Message}");
            return 1;
        }
    }

    private static DatabaseMigrator Migrator(IServiceProvider services) => services.GetRequiredService<DatabaseMigrator>();

    private static async Task<int> MigrateAsync(
        string? target, bool confirmed, IServiceProvider services, TextReader input, TextWriter output, CancellationToken cancellationToken)
    {
        var undone = target is null ? [] : await AboveAsync(target, services, cancellationToken);
        if (undone.Length > 0 && !confirmed
            && !await ConfirmAsync(target == "0" ? Everything : $"This undoes {string.Join(", ", undone)}", services, input, output, cancellationToken))
        {
            return 1;
        }

        await Migrator(services).MigrateAsync(target, cancellationToken);
        return await StatusAsync(services, output, cancellationToken);
    }

    /// <summary>Applied migrations that going to <paramref name="target"/> would undo.</summary>
    private static async Task<string[]> AboveAsync(string target, IServiceProvider services, CancellationToken cancellationToken)
    {
        await using var scope = services.CreateAsyncScope();
        var applied = (await scope.ServiceProvider.GetRequiredService<GatewayDbContext>().Database.GetAppliedMigrationsAsync(cancellationToken)).ToList();
        var at = applied.FindIndex(m => m.Equals(target, StringComparison.OrdinalIgnoreCase) || m.EndsWith("_" + target, StringComparison.OrdinalIgnoreCase));
        return at < 0 && target != "0" ? [] : [.. applied.Skip(at + 1)];
    }

    private static async Task<int> RollbackAsync(
        bool confirmed, IServiceProvider services, TextReader input, TextWriter output, CancellationToken cancellationToken)
    {
        await using (var scope = services.CreateAsyncScope())
        {
            var applied = (await scope.ServiceProvider.GetRequiredService<GatewayDbContext>().Database.GetAppliedMigrationsAsync(cancellationToken)).ToArray();
            if (applied.Length > 0 && !confirmed
                && !await ConfirmAsync(applied.Length == 1 ? Everything : $"This undoes {applied[^1]}", services, input, output, cancellationToken))
            {
                return 1;
            }
        }

        var undone = await Migrator(services).RollbackAsync(cancellationToken);
        await output.WriteLineAsync(undone is null ? "There is nothing to roll back." : $"Rolled back {undone}.");
        return undone is null ? 1 : 0;
    }

    private static async Task<int> StatusAsync(IServiceProvider services, TextWriter output, CancellationToken cancellationToken)
    {
        await using var scope = services.CreateAsyncScope();
        var database = scope.ServiceProvider.GetRequiredService<GatewayDbContext>().Database;
        var applied = (await database.GetAppliedMigrationsAsync(cancellationToken)).ToHashSet();
        foreach (var migration in database.GetMigrations())
        {
            await output.WriteLineAsync($"{(applied.Contains(migration) ? "applied" : "pending")}  {migration}");
        }

        return 0;
    }

    private static async Task<int> SeedAsync(IServiceProvider services, TextWriter output, CancellationToken cancellationToken)
    {
        await using var scope = services.CreateAsyncScope();
        var context = scope.ServiceProvider.GetRequiredService<GatewayDbContext>();
        if (await context.ApiKeys.AnyAsync(cancellationToken))
        {
            await output.WriteLineAsync("There are keys already; nothing was added.");
            return 0;
        }

        var secret = NewKey(context, "admin", Administrator, "db seed", services);
        await context.SaveChangesAsync(cancellationToken);
        await output.WriteLineAsync($"The administrator's key, shown only this once: {secret}");
        return 0;
    }

    private static async Task<int> AddKeyAsync(
        string name, IReadOnlyList<string> roles, IServiceProvider services, TextWriter output, CancellationToken cancellationToken)
    {
        await using var scope = services.CreateAsyncScope();
        var context = scope.ServiceProvider.GetRequiredService<GatewayDbContext>();
        var secret = NewKey(context, name, roles, "db add-key", services);
        await context.SaveChangesAsync(cancellationToken);
        await output.WriteLineAsync($"The key '{name}' with {(roles.Count == 1 ? "role" : "roles")} {string.Join(", ", roles)}, shown only this once: {secret}");
        return 0;
    }

    /// <summary>Adds a key, and the audit row of its making, to what is to be saved and returns its secret.</summary>
    private static string NewKey(GatewayDbContext context, string name, IReadOnlyList<string> roles, string madeBy, IServiceProvider services)
    {
        var secret = ApiKeySecret.Generate();
        var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
        context.ApiKeys.Add(new ApiKey
        {
            Name = name,
            Owner = name,
            Hash = ApiKeySecret.Hash(secret),
            Prefix = ApiKeySecret.Prefix(secret),
            Roles = [.. roles],
            CreatedAt = now,
            CreatedBy = madeBy,
        });
        context.Audit.Add(new AuditRecord
        {
            OccurredAt = now,
            Action = "key.created",
            Outcome = "allowed",
            Actor = madeBy,
            Subject = name,
            Detail = $$"""{"roles": [{{string.Join(", ", roles.Select(role => $"\"{role}\""))}}]}""",
        });
        return secret;
    }

    /// <summary>A word that was meant as an option is none.</summary>
    private static bool IsName(string word) => !string.IsNullOrWhiteSpace(word) && !word.StartsWith('-');

    private static async Task<int> ResetAsync(
        bool confirmed, IServiceProvider services, TextReader input, TextWriter output, CancellationToken cancellationToken)
    {
        if (!confirmed && !await ConfirmAsync(Everything, services, input, output, cancellationToken))
        {
            return 1;
        }

        await Migrator(services).ResetAsync(cancellationToken);
        await output.WriteLineAsync("All data was deleted; the tables are empty.");
        return 0;
    }

    private static async Task<bool> ConfirmAsync(
        string what, IServiceProvider services, TextReader input, TextWriter output, CancellationToken cancellationToken)
    {
        await using var scope = services.CreateAsyncScope();
        var address = new NpgsqlConnectionStringBuilder(
            scope.ServiceProvider.GetRequiredService<GatewayDbContext>().Database.GetConnectionString());
        await output.WriteLineAsync($"{what} in database '{address.Database}' on {address.Host}.");
        await output.WriteAsync($"Type the database's name to go on: ");
        await output.FlushAsync(cancellationToken);
        // No answer, as without a terminal, is no.
        if (await input.ReadLineAsync(cancellationToken) is { } answer && answer.Trim() == address.Database)
        {
            return true;
        }

        await output.WriteLineAsync("Nothing was changed.");
        return false;
    }
}
