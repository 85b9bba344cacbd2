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
            service.PublishAsKubernetesService(AddProbes);
            if (service.Resource.Annotations.OfType<EndpointAnnotation>().Any(endpoint => endpoint.IsExternal))
            {
                // A pod is told to stop and taken out of its Service at the same time: for a moment requests still arrive.
                service.WithEnvironment("LLM_GATEWAY__Server__ShutdownDelay", "00:00:10");
            }
        }
    }

    /// <summary>
    /// Written into the pods and not by <c>WithHttpProbe</c>: that one is experimental, registers each health check a second time
    /// and writes its scheme in lower case, which Kubernetes does not take.
    /// </summary>
    private static void AddProbes(KubernetesResource service)
    {
        if (service.Workload is not { } workload)
        {
            return;
        }

        var pod = workload.PodTemplate.Spec;
        pod.TerminationGracePeriodSeconds = (long)DeploymentTarget.StopGracePeriod.TotalSeconds;
        foreach (var container in pod.Containers)
        {
            // Five minutes to start: a service may wait for the database and bring it up to date first.
            container.StartupProbe = Probe("/health/live", failures: 60);
            container.LivenessProbe = Probe("/health/live", failures: 6);
            container.ReadinessProbe = Probe("/health/ready", failures: 2);
        }
    }

    private static ProbeV1 Probe(string path, int failures) => new()
    {
        HttpGet = new() { Path = path, Port = "http", Scheme = "HTTP" },
        PeriodSeconds = 5,
        TimeoutSeconds = 5,
        FailureThreshold = failures,
    };
}
