using LlmGateway.TestSupport;
using LlmGateway.TestSupport.Servers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace LlmGateway.Data.Tests.Support;

/// <summary>A database of its own for one test, on the shared server or on a given one.</summary>
internal sealed class TestDatabase(string connectionString)
{
    public TestDatabase(PrivateServers servers)
        : this(new NpgsqlConnectionStringBuilder(servers.ConnectionString(Server.Postgres)) { Database = $"test_{Guid.NewGuid():N}" }.ConnectionString)
    {
    }

    public string ConnectionString { get; } = connectionString;

    /// <summary>One that does not exist until it is migrated.</summary>
    public static async Task<TestDatabase> CreateAsync() => new(await PrivateServers.SharedAsync(Server.Postgres));

    public static async Task<TestDatabase> MigratedAsync() => new(await TemplateDatabase.CreateAsync());

    /// <summary>A host as the services build theirs, not started.</summary>
    public IHost Host(params (string Key, string Value)[] settings) => Host(null, settings);

    /// <summary>The same, with what it logs.</summary>
    public IHost Host(RecordedLogs? logs, params (string Key, string Value)[] settings)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection([
            new("ConnectionStrings:gatewaydb", ConnectionString),
            .. settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)),
        ]);
        if (logs is not null)
        {
            builder.Logging.AddProvider(logs);
        }

        builder.AddGatewayData();
        return builder.Build();
    }

    public async Task<List<string>> ColumnAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(ConnectionString);
        await using var command = source.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        var values = new List<string>();
        while (await reader.ReadAsync())
        {
            values.Add(Convert.ToString(reader.GetValue(0), System.Globalization.CultureInfo.InvariantCulture)!);
        }

        return values;
    }
}
