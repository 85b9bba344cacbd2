using LlmGateway.Data;
using LlmGateway.Data.Schema;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace LlmGateway.TestSupport.Servers;

/// <summary>Databases with the gateway's tables on the shared server: migrated once in this process, and copied for each test.</summary>
public static class TemplateDatabase
{
    private static readonly Lazy<Task<string>> Template = new(MigrateAsync);

    /// <returns>The connection string of a new database with all tables, which are empty.</returns>
    public static async Task<string> CreateAsync()
    {
        var template = await Template.Value;
        var server = (await PrivateServers.SharedAsync(Server.Postgres)).ConnectionString(Server.Postgres);
        var name = $"test_{Guid.NewGuid():N}";
        await using var connection = new NpgsqlConnection(server);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"create database {name} template {template}", connection);
        await command.ExecuteNonQueryAsync();
        return new NpgsqlConnectionStringBuilder(server) { Database = name }.ConnectionString;
    }

    private static async Task<string> MigrateAsync()
    {
        var servers = await PrivateServers.SharedAsync(Server.Postgres);
        // PostgreSQL copies no database that somebody is connected to.
        var address = new NpgsqlConnectionStringBuilder(servers.ConnectionString(Server.Postgres)) { Database = $"template_{Guid.NewGuid():N}", Pooling = false };
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection([new($"ConnectionStrings:{GatewayDataExtensions.ConnectionName}", address.ConnectionString)]);
        builder.AddGatewayData();
        using var host = builder.Build();
        await host.Services.GetRequiredService<DatabaseMigrator>().MigrateAsync(null, default);
        return address.Database;
    }
}
