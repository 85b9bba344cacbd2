using Aspire.Hosting.Kubernetes;
using Aspire.Hosting.Kubernetes.Resources;

namespace LlmGateway.AppHost.Deployment;

internal static class KubernetesTarget
{
    private const string Name = "llm-gateway";

    public static void AddKubernetes(
        this IDistributedApplicationBuilder builder, IReadOnlyList<IResourceBuilder<ProjectResource>> services)
    {
        builder.AddKubernetesEnvironment("kubernetes")
            .WithHelm(helm => helm.WithChartName(Name).WithReleaseName(Name).WithNamespace(Name))
            .WithProperties(kubernetes =>
            {
                // Unset it is emptyDir, which is gone with its pod, and with it everything the servers had accepted.
                kubernetes.DefaultStorageType = "pvc";
                kubernetes.DefaultStorageSize = builder.Configuration["Deployment:StorageSize"] is { Length: > 0 } size ? size : "10Gi";
            })
            // It would be one more thing that answers without a key; telemetry goes to Deployment:OtlpEndpoint.
            .WithDashboard(false);

        foreach (var service in services)
        {
            var takesRequests = service.Resource.Annotations.OfType<EndpointAnnotation>().Any(endpoint => endpoint.IsExternal);
            // Job handlers and the api hold requests and answers in memory; the other two hold next to nothing.
            var holdsRequests = service.UsesDatabase();
            service.PublishAsKubernetesService(published => KubernetesServicePod.Complete(published, holdsRequests));
            if (takesRequests)
            {
                // A pod is told to stop and taken out of its Service at the same time: for a moment requests still arrive.
                service.WithEnvironment("LLM_GATEWAY__Server__ShutdownDelay", "00:00:10");
            }
        }

        foreach (var server in builder.Resources.OfType<ContainerResource>().ToArray())
        {
            builder.CreateResourceBuilder(server).PublishAsKubernetesService(published => KubernetesServerPod.Complete(published, server));
        }
    }

    /// <summary>What all pods of the chart have alike.</summary>
    /// <param name="user">The user and group that the image is made for; null leaves it to the image, root included.</param>
    public static void Restrict(PodSpecV1 pod, long? user, bool readOnlyRoot)
    {
        // Nothing in these pods talks to the cluster, and nothing reads the addresses of its Services from the environment.
        pod.AutomountServiceAccountToken = false;
        pod.EnableServiceLinks = false;
        pod.SecurityContext = new() { SeccompProfile = new() { Type = "RuntimeDefault" } };
        if (user is not null)
        {
            pod.SecurityContext.RunAsNonRoot = true;
            pod.SecurityContext.RunAsUser = user;
            pod.SecurityContext.RunAsGroup = user;
            // Lets the user write to its volume. Once only: repeated at each mount it would open PostgreSQL's folder and RabbitMQ's
            // cookie to the group, and both servers refuse to start with that.
            pod.SecurityContext.FsGroup = user;
            pod.SecurityContext.FsGroupChangePolicy = "OnRootMismatch";
        }

        foreach (var container in pod.Containers)
        {
            container.SecurityContext = new()
            {
                AllowPrivilegeEscalation = false,
                ReadOnlyRootFilesystem = readOnlyRoot ? true : null,
                Capabilities = new() { Drop = { "ALL" } },
            };
            if (readOnlyRoot)
            {
                pod.Volumes.Add(new() { Name = "tmp", EmptyDir = new() });
                container.VolumeMounts.Add(new() { Name = "tmp", MountPath = "/tmp" });
            }
        }
    }

    /// <summary>
    /// Requests are what the pod needs when little is going on. Memory has a bound, so that one pod cannot take its node down; processor
    /// time has none: a bound there only makes answers slow while processors idle.
    /// </summary>
    public static ResourceRequirementsV1 Needs(string cpu, string memory, string? memoryLimit)
    {
        var needs = new ResourceRequirementsV1 { Requests = { ["cpu"] = cpu, ["memory"] = memory } };
        if (memoryLimit is not null)
        {
            needs.Limits["memory"] = memoryLimit;
        }

        return needs;
    }
}
