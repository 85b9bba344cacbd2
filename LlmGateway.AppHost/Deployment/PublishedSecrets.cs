namespace LlmGateway.AppHost.Deployment;

/// <summary>Secrets as a chart, a Compose file and a manifest can carry them.</summary>
internal static class PublishedSecrets
{
    /// <summary>
    /// PostgreSQL's password: of letters and digits, as Redis and RabbitMQ get theirs, because connection strings take it as it is.
    /// Null under <c>dotnet run</c>, where the password that a developer's volume was made with stays what it is.
    /// </summary>
    public static IResourceBuilder<ParameterResource>? PublishedPassword(this IDistributedApplicationBuilder builder, string server) =>
        builder.ExecutionContext.IsPublishMode
            ? builder.AddParameter($"{server}-password", new GenerateParameterDefault { MinLength = 22, Special = false }, secret: true)
            : null;
}
