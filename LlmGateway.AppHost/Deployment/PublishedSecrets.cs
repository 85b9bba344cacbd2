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

    /// <summary>
    /// The key that the api accepts: the marker of this gateway's keys in front of the parameter. Published, the parameter is the
    /// whole key, because within another text a chart loses its name: it would ask for a value that its values.yaml does not list.
    /// </summary>
    public static IResourceBuilder<ProjectResource> WithClientKey(
        this IResourceBuilder<ProjectResource> service, string name, IResourceBuilder<ParameterResource> key)
    {
        var variable = $"LLM_GATEWAY__Authentication__Keys__{name}__Key";
        return service.ApplicationBuilder.ExecutionContext.IsPublishMode
            ? service.WithEnvironment(variable, key)
            : service.WithEnvironment(variable, ReferenceExpression.Create($"sk-gw-{key}"));
    }
}
