using LlmGateway.TestGateway;
using LlmGateway.TestSupport;

namespace LlmGateway.IntegrationTests.Gateway;

/// <summary>Several Apis on the same servers.</summary>
[Collection(GatewayCollection.Name)]
public sealed class ReplicaTests(SharedGatewayServers servers) : IAsyncLifetime
{
    private const string Key = "sk-test-replica-0123456789abcdef";

    private static readonly (string, string) KeySetting = ("Authentication:Keys:k:Key", Key);

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => servers.EndServicesAsync();

    [Fact]
    public async Task TwoReplicas_StartAtOnce_OnAnEmptyDatabase()
    {
        var database = servers.MissingDatabase();
        var replicas = await Task.WhenAll(servers.StartApiAsync(Runs.Inside, database, KeySetting), servers.StartApiAsync(Runs.Inside, database, KeySetting));

        foreach (var replica in replicas)
        {
            Assert.Equal("ready", await replica.StatusAsync());
            await using var load = new ChatLoad(() => replica.Client, Key);
            await Eventually.IsTrueAsync(() => load.Results.Count > 4);
            Assert.All(await load.StopAsync(), result => Assert.Null(result.Problem));
        }
    }
}
