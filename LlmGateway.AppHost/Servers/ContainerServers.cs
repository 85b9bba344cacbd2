using LlmGateway.AppHost.Deployment;

namespace LlmGateway.AppHost.Servers;

/// <summary>Servers in containers. They outlive a run of the AppHost, their data outlives the containers.</summary>
internal static class ContainerServers
{
    public static IResourceBuilder<IResourceWithConnectionString> AddRedisContainer(this IDistributedApplicationBuilder builder) =>
        builder.AddRedis(ServerExtensions.Redis)
            .WithDataVolume(builder.DataVolumeOf(ServerExtensions.Redis))
            .WithPersistence()
            .WithLifetime(ContainerLifetime.Persistent);

    public static IResourceBuilder<IResourceWithConnectionString> AddDatabaseContainer(this IDistributedApplicationBuilder builder) =>
        builder.AddPostgres(ServerExtensions.Postgres, password: builder.PublishedPassword(ServerExtensions.Postgres))
            .WithDataVolume(builder.DataVolumeOf(ServerExtensions.Postgres))
            .WithLifetime(ContainerLifetime.Persistent)
            .AddDatabase(ServerExtensions.Database);

    public static IResourceBuilder<IResourceWithConnectionString> AddRabbitMqContainer(this IDistributedApplicationBuilder builder) =>
        builder.AddRabbitMQ(ServerExtensions.RabbitMq)
            .WithManagementPlugin()
            .WithUrlForEndpoint("management", url => url.DisplayText = "Management")
            .WithDataVolume(builder.DataVolumeOf(ServerExtensions.RabbitMq))
            .WithLifetime(ContainerLifetime.Persistent);
}
