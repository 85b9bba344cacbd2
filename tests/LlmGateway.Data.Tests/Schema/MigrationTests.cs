using System.Diagnostics;
using LlmGateway.Data.Schema;
using LlmGateway.Data.Tests.Support;
using LlmGateway.TestSupport;
using LlmGateway.TestSupport.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace LlmGateway.Data.Tests.Schema;

public sealed class MigrationTests
{
    private const string Tables = "select tablename from pg_tables where schemaname = 'public' order by 1";

    [Fact]
    public async Task ThreeHostsStartingAtOnce_OnADatabaseThatDoesNotExist_AllStart()
    {
        var database = await TestDatabase.CreateAsync();
        var hosts = Enumerable.Range(0, 3).Select(_ => database.Host()).ToArray();

        await Task.WhenAll(hosts.Select(host => Task.Run(() => host.StartAsync())));

        Assert.Equal(
            ["__EFMigrationsHistory", "alerts", "api_keys", "audit", "budgets", "file_chunks", "files", "job_items", "jobs", "model_usage", "models", "prompts", "queues", "usage"],
            (await database.ColumnAsync(Tables)).Order(StringComparer.Ordinal));
        foreach (var host in hosts)
        {
            await host.StopAsync();
            host.Dispose();
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("wrong")]
    public async Task Migration_LogsInWithThePassword_OnItsLocksConnectionToo(string? otherPassword)
    {
        var given = await TestDatabase.CreateAsync();
        var address = new NpgsqlConnectionStringBuilder(given.ConnectionString);
        Assert.NotEmpty(address.Password!);
        address.Password = otherPassword ?? address.Password;
        var database = new TestDatabase(address.ConnectionString);
        using var host = database.Host();

        if (otherPassword is null)
        {
            await host.Services.GetRequiredService<DatabaseMigrator>().MigrateAsync(null, default);
            Assert.NotEmpty(await database.ColumnAsync(Tables));
        }
        else
        {
            var refused = await Assert.ThrowsAsync<PostgresException>(() => host.Services.GetRequiredService<DatabaseMigrator>().MigrateAsync(null, default));
            Assert.Equal(PostgresErrorCodes.InvalidPassword, refused.SqlState);
        }
    }

    [Fact]
    public async Task AFirstStart_LogsNoError()
    {
        var database = await TestDatabase.CreateAsync();
        using var logs = new RecordedLogs();
        using var host = database.Host(logs);

        await host.StartAsync();
        await host.StopAsync();

        Assert.Contains(logs.Lines, line => line.StartsWith("Migrating the database to ", StringComparison.Ordinal));
        Assert.True(logs.Errors is [], string.Join('\n', logs.Errors));
    }

    [Fact]
    public async Task Model_HasNoChangeThatAMigrationLacks()
    {
        var database = await TestDatabase.CreateAsync();
        using var host = database.Host();
        using var scope = host.Services.CreateScope();
        Assert.False(scope.ServiceProvider.GetRequiredService<GatewayDbContext>().Database.HasPendingModelChanges());
    }

    [Fact]
    public async Task Schema_IsNamedInSnakeCase_WithTimesInUtcAndMoneyExact()
    {
        var database = await TestDatabase.MigratedAsync();
        var names = await database.ColumnAsync("""
            select column_name from information_schema.columns where table_schema = 'public' and table_name <> '__EFMigrationsHistory'
            union select table_name from information_schema.tables where table_schema = 'public' and table_name <> '__EFMigrationsHistory'
            union select indexname from pg_indexes where schemaname = 'public' and tablename <> '__EFMigrationsHistory'
            union select conname from pg_constraint where connamespace = 'public'::regnamespace and conrelid::regclass::text not like '%EFMig%'
            """);
        Assert.All(names, name => Assert.Matches("^[a-z][a-z0-9_]*$", name));
        Assert.Empty(await database.ColumnAsync(
            "select table_name || '.' || column_name from information_schema.columns where table_schema = 'public' and data_type like 'timestamp without%'"));
        var money = await database.ColumnAsync("""
            select distinct data_type from information_schema.columns
            where table_schema = 'public' and (column_name like '%price' or column_name in ('cost', 'amount'))
            """);
        Assert.Equal(["numeric"], money);
    }

    [Fact]
    public async Task UsageRows_GetAKeyOfTheirOwn_AndKeepTheirNumberOnTheWayBack()
    {
        var database = await TestDatabase.CreateAsync();
        using var host = database.Host();
        var migrator = host.Services.GetRequiredService<DatabaseMigrator>();
        await migrator.MigrateAsync("Initial", default);
        await InsertAsync("'a'", "request_id");
        await InsertAsync("'b'", "request_id");

        await migrator.MigrateAsync(null, default);
        Assert.Equal(["2"], await database.ColumnAsync("select count(distinct id) from usage"));
        await InsertAsync("'b', gen_random_uuid()", "request_id, id");
        await Assert.ThrowsAsync<PostgresException>(() => InsertAsync("'c'", "request_id"));

        await migrator.MigrateAsync("Initial", default);
        Assert.Equal(["3"], await database.ColumnAsync("select count(distinct request_id) from usage"));

        Task InsertAsync(string values, string columns) => database.ColumnAsync($"""
            insert into usage ({columns}, created_at, operation, requested_model, status, stream, attempts, prompt_tokens, completion_tokens, cached_tokens, reasoning_tokens, cost, duration_ms)
            values ({values}, now(), 'chat', 'm', 200, false, 1, 1, 1, 0, 0, 0, 1)
            """);
    }

    [Fact]
    public async Task Migration_WaitsForAnotherReplica_ButNotForEver()
    {
        var database = await TestDatabase.MigratedAsync();
        await using var other = NpgsqlDataSource.Create(database.ConnectionString);
        await using var holder = await other.OpenConnectionAsync();
        await using var take = new NpgsqlCommand($"select pg_advisory_lock({DatabaseMigrator.LockKey})", holder);
        await take.ExecuteNonQueryAsync();
        using var host = database.Host(("Database:StartTimeout", "00:00:02"));

        var clock = Stopwatch.StartNew();
        var error = await Assert.ThrowsAsync<DatabaseUnavailableException>(() => host.StartAsync());

        Assert.Contains("Database:StartTimeout", error.Message, StringComparison.Ordinal);
        Assert.InRange(clock.Elapsed.TotalSeconds, 1.5, 8);

        await holder.CloseAsync();
        await other.DisposeAsync();
        NpgsqlConnection.ClearAllPools();
        using var second = database.Host(("Database:StartTimeout", "00:00:20"));
        await second.StartAsync();
        await second.StopAsync();
    }

    [Fact]
    public async Task Migration_WaitsForAServerThatComesLate_AndGivesUpOnAFrozenOne()
    {
        await using var servers = await PrivateServers.StartOwnAsync(Server.Postgres);
        var database = new TestDatabase(servers);

        await servers.StopAsync(Server.Postgres);
        using (var late = database.Host())
        {
            var starting = late.StartAsync();
            Assert.False(starting.IsCompleted);
            await servers.StartAsync(Server.Postgres);
            await starting;
            await late.StopAsync();
        }

        await servers.FreezeAsync(Server.Postgres);
        NpgsqlConnection.ClearAllPools();
        using var frozen = database.Host(("Database:StartTimeout", "00:00:02"));
        var clock = Stopwatch.StartNew();
        await Assert.ThrowsAsync<DatabaseUnavailableException>(() => frozen.StartAsync());
        Assert.InRange(clock.Elapsed.TotalSeconds, 1.5, 10);
    }
}
