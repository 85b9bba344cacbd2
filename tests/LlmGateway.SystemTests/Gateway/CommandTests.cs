using System.Net;
using LlmGateway.TestGateway;

namespace LlmGateway.SystemTests.Gateway;

/// <summary>An operator's first minutes: an empty server, the commands for the database, and an Api.</summary>
[Collection(SystemCollection.Name)]
public sealed class CommandTests(SystemServers servers) : IAsyncLifetime
{
    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => servers.EndServicesAsync();

    [Fact]
    public async Task TheKeyThatDbSeedPrints_Chats()
    {
        var database = servers.MissingDatabase();
        Assert.DoesNotContain("pending", await servers.CommandAsync(database, "db", "migrate"), StringComparison.Ordinal);
        var key = GatewayServers.KeyIn(await servers.CommandAsync(database, "db", "seed"));

        var api = await servers.StartApiAsync(Runs.AsProcess, database);

        Assert.Equal(HttpStatusCode.OK, await Chats.StatusAsync(api.Client, key));
        Assert.Equal(HttpStatusCode.Unauthorized, await Chats.StatusAsync(api.Client, "sk-gw-invented"));
    }
}
