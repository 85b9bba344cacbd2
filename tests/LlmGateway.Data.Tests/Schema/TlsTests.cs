using System.Security.Authentication;
using LlmGateway.Data.Schema;
using LlmGateway.Data.Tests.Support;
using LlmGateway.TestSupport.Servers;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace LlmGateway.Data.Tests.Schema;

public sealed class TlsTests
{
    [Fact]
    public async Task ADatabaseBehindTls_IsMigratedAndUsed_ByClientsThatTrustItsAuthority()
    {
        await using var servers = await PrivateServers.StartOwnWithTlsAsync(Server.Postgres);
        var database = new TestDatabase(servers);
        using (var host = database.Host())
        {
            await host.Services.GetRequiredService<DatabaseMigrator>().MigrateAsync(null, default);
        }

        Assert.Equal(["True"], await database.ColumnAsync("select ssl from pg_stat_ssl where pid = pg_backend_pid()"));
        Assert.Contains("jobs", await database.ColumnAsync("select tablename from pg_tables where schemaname = 'public'"));

        // Without the authority the certificate is anybody's; without TLS the server lets nobody in.
        var address = new NpgsqlConnectionStringBuilder(database.ConnectionString) { RootCertificate = null };
        var unknown = await Assert.ThrowsAsync<NpgsqlException>(() => new TestDatabase(address.ConnectionString).ColumnAsync("select 1"));
        Assert.IsType<AuthenticationException>(unknown.InnerException);
        address.SslMode = SslMode.Disable;
        var refused = await Assert.ThrowsAsync<PostgresException>(() => new TestDatabase(address.ConnectionString).ColumnAsync("select 1"));
        Assert.Equal(PostgresErrorCodes.InvalidAuthorizationSpecification, refused.SqlState);
    }
}
