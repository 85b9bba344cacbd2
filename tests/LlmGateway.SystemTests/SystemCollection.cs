using LlmGateway.TestGateway;
using LlmGateway.TestSupport.Servers;

namespace LlmGateway.SystemTests;

/// <summary>Servers for these tests alone, to be stopped, killed and frozen.</summary>
public sealed class SystemServers : GatewayServers
{
    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await Servers.DisposeAsync();
    }

    protected override Task<PrivateServers> StartServersAsync() => PrivateServers.StartOwnAsync(Server.Postgres, Server.Redis, Server.RabbitMq);
}

/// <summary>
/// All tests of this project, one after the other on the same servers. A test that harms a server has it back before it ends
/// (<see cref="TestGateway.Servers.ServerOutage"/>).
/// </summary>
[CollectionDefinition(Name)]
public sealed class SystemCollection : ICollectionFixture<SystemServers>
{
    public const string Name = "system";
}
