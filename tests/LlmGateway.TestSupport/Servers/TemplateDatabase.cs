using System.Collections.Concurrent;
using LlmGateway.Data;
using LlmGateway.Data.Schema;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace LlmGateway.TestSupport.Servers;

/// <summary>
/// Databases with today's tables. Each is a copy of one that is migrated once per test process and server, which takes a fraction of the
/// time of all migrations.
/// </summary>
public static class TemplateDatabase
{
    private const int CommandTimeout = 60;

    private static readonly ConcurrentDictionary<PrivateServers, Lazy<Task<string>>> Templates = new();

    /// <summary>Makes a database on the shared server.</summary>
    /// <returns>Its connection string.</returns>
    public static async Task<string> CreateAsync() => await CreateAsync(await PrivateServers.SharedAsync(Server.Postgres));

    /// <inheritdoc cref="CreateAsync()"/>
    /// <param name="servers">The server to make it on.</param>
    public static async Task<string> CreateAsync(PrivateServers servers)
    {
        var template = await Templates.GetOrAdd(servers, given => new(() => MigratedAsync(given))).Value;
        var name = NewName("test");
        await using var connection = new NpgsqlConnection(Address(servers, null, pooling: false));
        await connection.OpenAsync(TestTimeouts.Token());
        await using var command = new NpgsqlCommand($"create database {name} template {template}", connection) { CommandTimeout = CommandTimeout };
        await command.ExecuteNonQueryAsync();
        return Address(servers, name, pooling: true);
    }

    private static async Task<string> MigratedAsync(PrivateServers servers)
    {
        var name = NewName("template");
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        // A template that anybody is connected to cannot be copied: no connection may outlive the migration.
        builder.Configuration.AddInMemoryCollection([new($"ConnectionStrings:{GatewayDataExtensions.ConnectionName}", Address(servers, name, pooling: false))]);
        builder.AddGatewayData();
        using var host = builder.Build();
        await host.Services.GetRequiredService<DatabaseMigrator>().MigrateAsync(null, CancellationToken.None);
        return name;
    }

    private static string NewName(string kind) => $"{kind}_{Guid.NewGuid():N}";

    private static string Address(PrivateServers servers, string? database, bool pooling)
    {
        var address = new NpgsqlConnectionStringBuilder(servers.ConnectionString(Server.Postgres)) { Pooling = pooling };
        address.Database = database ?? address.Database;
        return address.ConnectionString;
    }
}
