using LlmGateway.TestGateway;
using LlmGateway.TestSupport.Servers;

namespace LlmGateway.IntegrationTests;

/// <summary>The servers of the test run, and services in the test process on them.</summary>
public sealed class SharedGatewayServers : GatewayServers
{
    protected override Task<PrivateServers> StartServersAsync() => PrivateServers.SharedAsync(Server.Postgres, Server.Redis, Server.RabbitMq);
}

/// <summary>
/// Tests that use the shared servers and do them no harm, one after the other: the broker's queues have the same names for all. Those that do
/// harm are in <c>LlmGateway.SystemTests</c>.
/// </summary>
[CollectionDefinition(Name)]
public sealed class GatewayCollection : ICollectionFixture<SharedGatewayServers>
{
    public const string Name = "gateway";
}
