using System.Diagnostics;
using System.Net;
using LlmGateway.TestGateway;
using LlmGateway.TestGateway.Servers;
using LlmGateway.TestSupport;
using LlmGateway.TestSupport.Servers;

namespace LlmGateway.SystemTests.Gateway;

/// <summary>Keys and usage while the database is away.</summary>
[Collection(SystemCollection.Name)]
public sealed class RecordOutageTests(SystemServers servers) : IAsyncLifetime
{
    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => servers.EndServicesAsync();

    [Theory]
    [InlineData(Fault.Stop)]
    [InlineData(Fault.Freeze)]
    public async Task WhileTheDatabaseIsAway_AKnownKeyChats_AnUnknownOneIsToldSo_AndNoUsageIsLost(Fault fault)
    {
        var database = await servers.NewDatabaseAsync();
        var key = await GatewayServers.SeedAsync(database);
        var api = (await servers.StartApiAsync(Runs.Inside, database, ("Authentication:KeyCache:Duration", "00:00:01"))).Client;
        Assert.Equal(HttpStatusCode.OK, await Chats.StatusAsync(api, key));
        await Eventually.IsTrueAsync(async () => await Database.CountAsync(database, "select count(*) from usage") == 1);

        await using (await ServerOutage.BeginAsync(servers.Servers, fault, Server.Postgres))
        {
            for (var i = 0; i < 20; i++)
            {
                Assert.Equal(HttpStatusCode.OK, await Chats.StatusAsync(api, key));
                var clock = Stopwatch.StartNew();
                using var unknown = await Chats.SendAsync(api, $"sk-gw-invented-{i}");
                Assert.True(clock.Elapsed < TimeSpan.FromSeconds(2), $"The answer took {clock.Elapsed}.");
                Assert.Equal(HttpStatusCode.ServiceUnavailable, unknown.StatusCode);
                Assert.NotNull(unknown.Headers.RetryAfter);
                Assert.Contains("\"dependency_unavailable\"", await unknown.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            }

            using var ready = await api.GetAsync("/health/ready");
            Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
            Assert.Contains("\"gatewaydb\":{\"status\":\"degraded\"", await ready.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        await Eventually.IsTrueAsync(async () => await Database.CountAsync(database, "select count(*) from usage") == 21);
        await Eventually.IsTrueAsync(async () => await Chats.StatusAsync(api, "sk-gw-invented") == HttpStatusCode.Unauthorized);
    }
}
