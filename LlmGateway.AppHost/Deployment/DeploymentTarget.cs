namespace LlmGateway.AppHost.Deployment;

internal static class DeploymentTarget
{
    /// <summary>Longer than the api's Server:DrainTimeout (30 s) and Server:ShutdownDelay together: whoever is killed earlier loses answers.</summary>
    public static readonly TimeSpan StopGracePeriod = TimeSpan.FromSeconds(60);

    /// <summary>
    /// What <c>aspire publish</c> writes, by setting <c>Deployment:Target</c>: <c>kubernetes</c> (a Helm chart) or <c>compose</c>.
    /// One of them, because two in one model would have to share out the resources. Unset is right for azd, which reads the manifest.
    /// </summary>
    /// <param name="services">The product's services, which answer <c>/health/live</c> and <c>/health/ready</c> and drain when stopped.</param>
    public static void AddDeploymentTarget(
        this IDistributedApplicationBuilder builder, params IReadOnlyList<IResourceBuilder<ProjectResource>> services)
    {
        // Under `dotnet run` the dashboard is the destination.
        if (builder.ExecutionContext.IsPublishMode && builder.Configuration["Deployment:OtlpEndpoint"] is { Length: > 0 } collector)
        {
            foreach (var service in services)
            {
                service.WithEnvironment("OTEL_EXPORTER_OTLP_ENDPOINT", collector).WithEnvironment("OTEL_SERVICE_NAME", service.Resource.Name);
            }
        }

        if (builder.ExecutionContext.IsPublishMode)
        {
            foreach (var service in services.Where(UsesDatabase))
            {
                // The folder that is used without this setting does not exist in an image, and the program's own cannot be written to.
                service.WithEnvironment("LLM_GATEWAY__Database__Writer__JournalDirectory", "/tmp/llm-gateway-journal");
            }
        }

        switch (builder.Configuration["Deployment:Target"]?.ToUpperInvariant())
        {
            case null or "":
                break;
            case "KUBERNETES":
                builder.AddKubernetes(services);
                break;
            case "COMPOSE":
                builder.AddCompose(services);
                break;
            default:
                throw new DistributedApplicationException(
                    $"Setting Deployment:Target must be kubernetes, compose or absent, not '{builder.Configuration["Deployment:Target"]}'.");
        }
    }

    /// <summary>The api and the worker; the other services know no database.</summary>
    public static bool UsesDatabase(this IResourceBuilder<ProjectResource> service) =>
        service.Resource.Annotations.OfType<ResourceRelationshipAnnotation>().Any(relation => relation.Resource is PostgresDatabaseResource);
}
