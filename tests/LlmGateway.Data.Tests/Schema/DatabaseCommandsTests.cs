using LlmGateway.Data.Keys;
using LlmGateway.Data.Schema;
using LlmGateway.Data.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace LlmGateway.Data.Tests.Schema;

public sealed class DatabaseCommandsTests
{
    [Fact]
    public async Task Migrate_ThenRollback_LeavesNoTable()
    {
        var database = await TestDatabase.CreateAsync();
        using var host = database.Host();

        var (code, output) = await RunAsync(host, ["db", "migrate"]);
        Assert.Equal(0, code);
        Assert.DoesNotContain("pending", output, StringComparison.Ordinal);
        while ((code, output) is (0, _))
        {
            (code, output) = await RunAsync(host, ["db", "rollback", "--yes"]);
        }

        Assert.Contains("nothing to roll back", output, StringComparison.Ordinal);
        Assert.Equal(["__EFMigrationsHistory"], await database.ColumnAsync("select tablename from pg_tables where schemaname = 'public'"));
        (_, output) = await RunAsync(host, ["db", "status"]);
        Assert.DoesNotContain("applied", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rollback")]
    [InlineData("migrate", "0")]
    [InlineData("migrate", "Initial")]
    public async Task GoingDown_AsksFirst(params string[] command)
    {
        var database = await TestDatabase.MigratedAsync();
        using var host = database.Host();
        var applied = await database.ColumnAsync("select \"MigrationId\" from \"__EFMigrationsHistory\"");

        var (code, output) = await RunAsync(host, ["db", .. command]);

        Assert.Equal(1, code);
        Assert.Contains("Type the database's name", output, StringComparison.Ordinal);
        Assert.Contains("Nothing was changed.", output, StringComparison.Ordinal);
        Assert.Equal(applied, await database.ColumnAsync("select \"MigrationId\" from \"__EFMigrationsHistory\""));
    }

    [Fact]
    public async Task Seed_PrintsAKeyThatIsStoredOnlyAsItsHash_Once()
    {
        var database = await TestDatabase.MigratedAsync();
        using var host = database.Host();

        var (code, output) = await RunAsync(host, ["db", "seed"]);

        Assert.Equal(0, code);
        var secret = output.Split(' ', '\n').Single(word => word.StartsWith(ApiKeySecret.Marker, StringComparison.Ordinal));
        using var scope = host.Services.CreateScope();
        var key = await scope.ServiceProvider.GetRequiredService<GatewayDbContext>().ApiKeys.SingleAsync();
        Assert.Equal(ApiKeySecret.Hash(secret), key.Hash);
        Assert.Equal(["admin", "user"], key.Roles);
        Assert.DoesNotContain(secret, string.Join(' ', await database.ColumnAsync("select api_keys::text from api_keys")), StringComparison.Ordinal);

        Assert.Equal(["key.created db seed"], await database.ColumnAsync("select action || ' ' || actor from audit"));

        (code, output) = await RunAsync(host, ["db", "seed"]);
        Assert.Equal(0, code);
        Assert.DoesNotContain(ApiKeySecret.Marker, output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new[] { "team-search" }, new[] { "user" })]
    [InlineData(new[] { "team-search", "--role", "user" }, new[] { "user" })]
    [InlineData(new[] { "ops", "--role", "admin" }, new[] { "admin", "user" })]
    public async Task AddKey_PrintsAKeyWithTheRole_ThatIsStoredOnlyAsItsHash(string[] words, string[] roles)
    {
        var database = await TestDatabase.MigratedAsync();
        using var host = database.Host();
        await RunAsync(host, ["db", "seed"]);

        var (code, output) = await RunAsync(host, ["db", "add-key", .. words]);

        Assert.Equal(0, code);
        var secret = output.Split(' ', '\n').Single(word => word.StartsWith(ApiKeySecret.Marker, StringComparison.Ordinal));
        using var scope = host.Services.CreateScope();
        var key = await scope.ServiceProvider.GetRequiredService<GatewayDbContext>().ApiKeys.SingleAsync(key => key.CreatedBy == "db add-key");
        Assert.Equal((words[0], words[0]), (key.Name, key.Owner));
        Assert.Equal(ApiKeySecret.Hash(secret), key.Hash);
        Assert.Equal(roles, key.Roles);
        Assert.DoesNotContain(secret, string.Join(' ', await database.ColumnAsync("select api_keys::text from api_keys")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData]
    [InlineData("--role", "admin")]
    [InlineData("ops", "--role", "root")]
    [InlineData("ops", "--role")]
    [InlineData(" ")]
    public async Task AddKey_MisunderstoodMakesNone(params string[] words)
    {
        var database = await TestDatabase.MigratedAsync();
        using var host = database.Host();

        var (code, output) = await RunAsync(host, ["db", "add-key", .. words]);

        Assert.Equal(2, code);
        Assert.Contains("add-key NAME [--role user|admin]", output, StringComparison.Ordinal);
        Assert.Empty(await database.ColumnAsync("select id from api_keys"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("no\n")]
    [InlineData("yes\n")]
    public async Task Reset_DeclinedOrUnanswered_KeepsTheData(string answer)
    {
        var database = await TestDatabase.MigratedAsync();
        using var host = database.Host();
        await RunAsync(host, ["db", "seed"]);

        var (code, output) = await RunAsync(host, ["db", "reset"], answer);

        Assert.Equal(1, code);
        Assert.Contains("Nothing was changed", output, StringComparison.Ordinal);
        Assert.Single(await database.ColumnAsync("select id from api_keys"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Reset_Confirmed_DeletesTheDataAndLeavesTheTables(bool byOption)
    {
        var database = await TestDatabase.MigratedAsync();
        using var host = database.Host();
        await RunAsync(host, ["db", "seed"]);
        var name = new Npgsql.NpgsqlConnectionStringBuilder(database.ConnectionString).Database;

        var (code, _) = byOption ? await RunAsync(host, ["db", "reset", "--yes"]) : await RunAsync(host, ["db", "reset"], $"{name}\n");

        Assert.Equal(0, code);
        Assert.Empty(await database.ColumnAsync("select id from api_keys"));
    }

    [Fact]
    public async Task UnknownCommand_ExplainsItself()
    {
        var database = await TestDatabase.CreateAsync();
        using var host = database.Host();
        var (code, output) = await RunAsync(host, ["db", "destroy"]);
        Assert.Equal(2, code);
        Assert.Contains("--yes", output, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Output)> RunAsync(IHost host, string[] args, string input = "")
    {
        using var answers = new StringReader(input);
        await using var output = new StringWriter();
        var code = await DatabaseCommands.RunAsync(args, host.Services, answers, output);
        return (code, output.ToString());
    }
}
