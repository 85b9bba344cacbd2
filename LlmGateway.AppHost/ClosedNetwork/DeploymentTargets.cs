using Aspire.Hosting;

namespace LlmGateway.AppHost.Deployment;

/// <summary>In place of the deployment targets whose packages a closed network lacks.</summary>
internal static class DeploymentTargets
{
    private const string Reason =
        "needs packages that this build was made without (package set \"closed\"): build with -p:PackageSet=public where nuget.org can be reached.";

    public static void AddKubernetes(this IDistributedApplicationBuilder builder, IReadOnlyList<IResourceBuilder<ProjectResource>> services) =>
        throw Missing(builder, services);

    public static void AddCompose(this IDistributedApplicationBuilder builder, IReadOnlyList<IResourceBuilder<ProjectResource>> services) =>
        throw Missing(builder, services);

    private static DistributedApplicationException Missing(IDistributedApplicationBuilder builder, IReadOnlyList<IResourceBuilder<ProjectResource>> services) =>
        new($"Setting Deployment:Target {builder.Configuration["Deployment:Target"]} ({services.Count} services) {Reason}");
}
