namespace LlmGateway.AppHost.Servers;

/// <summary>The servers that the services share: what to connect to, and to wait for until it is healthy.</summary>
internal sealed record ServerConnections(
    IResourceBuilder<IResourceWithConnectionString> Redis,
    IResourceBuilder<IResourceWithConnectionString> Database,
    IResourceBuilder<IResourceWithConnectionString> RabbitMq);

internal static class ServerExtensions
{
    public const string Redis = "redis";
    public const string Postgres = "postgres";
    public const string Database = "gatewaydb";
    public const string RabbitMq = "rabbitmq";

    /// <summary>
    /// Each server is the one of the connection string <c>redis</c>, <c>gatewaydb</c> or <c>rabbitmq</c> where the configuration has
    /// it, else a process of this machine (<paramref name="local"/>) or a container.
    /// </summary>
    public static ServerConnections AddServers(this IDistributedApplicationBuilder builder, bool local)
    {
        if (local && builder.ExecutionContext.IsPublishMode)
        {
            throw new DistributedApplicationException("--local starts servers on this machine; there is nothing of it to publish. Leave it out.");
        }

        (string Connection, string Server)[] all = [(Redis, Redis), (Database, Postgres), (RabbitMq, RabbitMq)];
        var missing = all.Where(server => !builder.IsConfigured(server.Connection)).Select(server => server.Server).ToArray();
        var processes = local && missing.Length > 0 ? LocalServers.Prepare(builder, missing) : null;
        return new ServerConnections(
            builder.AddConfiguredServer(Redis) ?? processes?.AddRedis() ?? builder.AddRedisContainer(),
            builder.AddConfiguredServer(Database) ?? processes?.AddDatabase() ?? builder.AddDatabaseContainer(),
            builder.AddConfiguredServer(RabbitMq) ?? processes?.AddRabbitMq() ?? builder.AddRabbitMqContainer());
    }

    /// <summary>Gives a service a server's address and holds it back until the server is healthy.</summary>
    public static IResourceBuilder<T> WithServer<T>(this IResourceBuilder<T> service, IResourceBuilder<IResourceWithConnectionString> server)
        where T : IResourceWithEnvironment, IResourceWithWaitSupport =>
        service.WithReference(server).WaitFor(server);
}
