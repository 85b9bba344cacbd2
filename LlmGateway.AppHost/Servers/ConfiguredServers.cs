using Microsoft.Extensions.Configuration;

namespace LlmGateway.AppHost.Servers;

/// <summary>Servers that run already: of the connection strings in the AppHost's configuration.</summary>
internal static class ConfiguredServers
{
    /// <summary>Published, a connection string of this machine means nothing.</summary>
    public static bool IsConfigured(this IDistributedApplicationBuilder builder, string connection) =>
        builder.ExecutionContext.IsRunMode && !string.IsNullOrWhiteSpace(builder.Configuration.GetConnectionString(connection));

    /// <summary>The configured server; null when there is no such connection string.</summary>
    public static IResourceBuilder<IResourceWithConnectionString>? AddConfiguredServer(this IDistributedApplicationBuilder builder, string connection) =>
        builder.IsConfigured(connection)
            ? builder.AddConnectionString(connection).WithServerHealthCheck(connection, builder.Configuration.GetConnectionString(connection)!)
            : null;
}
