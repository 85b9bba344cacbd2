using LlmGateway.Data.Schema;
using LlmGateway.Data.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace LlmGateway.Data.Tests.Schema;

/// <summary>Down and up again with rows in every table: none is lost, and each comes back as it was.</summary>
public sealed class RollbackTests
{
    private static readonly Dictionary<string, string> Values = new()
    {
        ["alerts.severity"] = "'warning'",
        ["budgets.period"] = "'day'",
        ["budgets.scope"] = "'team'",
        ["jobs.kind"] = "'batch'",
        ["jobs.status"] = "'completed'",
        ["jobs.priority"] = "'high'",
        ["jobs.phase"] = "'finalizing'",
        ["job_items.status"] = "'completed'",
    };

    [Fact]
    public async Task RowsOfEveryTable_ComeBackAsTheyWere()
    {
        var database = await TestDatabase.MigratedAsync();
        using var host = database.Host();
        var migrator = host.Services.GetRequiredService<DatabaseMigrator>();
        var tables = await database.ColumnAsync("select tablename from pg_tables where schemaname = 'public' and tablename <> '__EFMigrationsHistory' order by 1");
        // What others refer to first.
        foreach (var table in tables.OrderBy(t => t is "job_items" or "file_chunks"))
        {
            await InsertAsync(database, table);
        }

        var before = await RowsAsync(database, tables);
        Assert.All(before, rows => Assert.Single(rows.Value));
        var older = tables.Where(t => t != "queues").ToArray();

        await migrator.RollbackAsync(default);
        Assert.All(await RowsAsync(database, older), rows => Assert.Single(rows.Value));
        await migrator.MigrateAsync("Initial", default);
        Assert.All(await RowsAsync(database, older), rows => Assert.Single(rows.Value));

        await migrator.MigrateAsync(null, default);
        Assert.Equal(Flat(before), Flat(await RowsAsync(database, tables)));
        Assert.Empty(await database.ColumnAsync("select tablename from pg_tables where tablename like '%rolled_back'"));
    }

    [Fact]
    public async Task RowsOfTheFirstSchema_KeepTheirPriority_AndTakeTheirPlaceByAge()
    {
        var database = await TestDatabase.CreateAsync();
        using var host = database.Host();
        var migrator = host.Services.GetRequiredService<DatabaseMigrator>();
        await migrator.MigrateAsync("UsageKey", default);
        for (var priority = 0; priority < 3; priority++)
        {
            await InsertAsync(database, "jobs", ("id", $"'job_{priority}'"), ("priority", $"{priority}"), ("idempotency_key", "null"));
        }

        await migrator.MigrateAsync(null, default);
        Assert.Equal(["low", "normal", "high"], await database.ColumnAsync("select priority from jobs order by id"));
        Assert.Equal(["3"], await database.ColumnAsync("select count(*) from jobs where queue_at = created_at"));
        await migrator.MigrateAsync("UsageKey", default);
        Assert.Equal(["0", "1", "2"], await database.ColumnAsync("select priority from jobs order by id"));
    }

    private static async Task InsertAsync(TestDatabase database, string table, params (string Column, string Value)[] own)
    {
        var columns = await database.ColumnAsync(
            $"select column_name || ' ' || udt_name from information_schema.columns where table_schema = 'public' and table_name = '{table}' and is_generated = 'NEVER'");
        var values = columns.Select(c => c.Split(' ')).Select(c => (
            Column: c[0],
            Value: own.Where(o => o.Column == c[0]).Select(o => o.Value).FirstOrDefault() ?? Values.GetValueOrDefault($"{table}.{c[0]}") ?? Value(c[1]))).ToArray();
        await database.ColumnAsync(
            $"insert into {table} ({string.Join(", ", values.Select(v => $"\"{v.Column}\""))}) values ({string.Join(", ", values.Select(v => v.Value))})");
    }

    /// <summary>Texts are alike, so that rows which refer to each other do.</summary>
    private static string Value(string type) => type switch
    {
        "text" => "'x'",
        "uuid" => "gen_random_uuid()",
        "int4" or "int8" or "numeric" or "float8" => "1",
        "bool" => "true",
        "date" => "current_date",
        "timestamptz" => "timestamptz '2026-03-01 12:00:00+00'",
        "jsonb" => "'{\"a\": 1}'",
        "bytea" => "'\\x0102'",
        "_text" => "array['a', 'b']",
        ['_', .. var numbers] => $"array[1]::{numbers}[]",
        _ => throw new NotSupportedException($"There is no value for type {type} yet."),
    };

    private static IEnumerable<string> Flat(Dictionary<string, List<string>> rows) => rows.SelectMany(table => table.Value.Select(row => $"{table.Key}: {row}"));

    /// <summary>Without what says nothing: a usage row's key is made anew, and where a job was published is no longer kept.</summary>
    private static async Task<Dictionary<string, List<string>>> RowsAsync(TestDatabase database, IEnumerable<string> tables)
    {
        var rows = new Dictionary<string, List<string>>();
        foreach (var table in tables)
        {
            rows[table] = await database.ColumnAsync(
                $"select (to_jsonb(t) {(table == "usage" ? "- 'id'" : "")} - 'published_at')::text from {table} t order by 1");
        }

        return rows;
    }
}
