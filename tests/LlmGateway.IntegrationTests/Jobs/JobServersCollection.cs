using LlmGateway.IntegrationTests.Gateway;

namespace LlmGateway.IntegrationTests.Jobs;

/// <summary>Tests of jobs, one after the other on the same servers, each with a database and processes of its own.</summary>
[CollectionDefinition(Name)]
public sealed class JobServersCollection : ICollectionFixture<GatewayServers>
{
    public const string Name = "job servers";
}
