using LlmGateway.TestSupport.Servers;

namespace LlmGateway.IntegrationTests.Servers;

/// <summary>PostgreSQL, Redis and RabbitMQ for all tests of the collection, started once for the test run.</summary>
public sealed class SharedServers : IAsyncLifetime
{
    private PrivateServers? _servers;

    public string Postgres => Running.ConnectionString(Server.Postgres);

    public string Redis => Running.ConnectionString(Server.Redis);

    public string RabbitMq => Running.ConnectionString(Server.RabbitMq);

    private PrivateServers Running => _servers ?? throw new InvalidOperationException("The servers are not running yet.");

    public async Task InitializeAsync() => _servers = await PrivateServers.SharedAsync(Server.Postgres, Server.Redis, Server.RabbitMq);

    public Task DisposeAsync() => Task.CompletedTask;
}

/// <summary>Tests that use the shared servers and do them no harm. Those that do take their own (<see cref="PrivateServers.StartOwnAsync"/>).</summary>
[CollectionDefinition(Name)]
public sealed class SharedServersCollection : ICollectionFixture<SharedServers>
{
    public const string Name = "shared servers";
}
