using Aspire.Hosting.Kubernetes;
using Aspire.Hosting.Kubernetes.Resources;
using KubernetesDeployment = Aspire.Hosting.Kubernetes.Resources.Deployment;

namespace LlmGateway.AppHost.Deployment;

/// <summary>What the chart says of a service of the product beyond what Aspire writes.</summary>
internal static class KubernetesServicePod
{
    /// <summary>The user of .NET's images (their <c>APP_UID</c>).</summary>
    private const long AppUser = 1654;

    /// <param name="holdsRequests">The service keeps requests and answers in memory while it works on them.</param>
    public static void Complete(KubernetesResource service, bool holdsRequests)
    {
        KubernetesSecrets.Demand(service.Secret);
        if (service.Workload is not KubernetesDeployment deployment)
        {
            return;
        }

        // The new pod is ready before the old one is told to stop; with Aspire's maxUnavailable: 1 the only pod may go first.
        // Two model managers or system monitors for a moment do no harm: they watch, and tell the same.
        deployment.Spec.Strategy.RollingUpdate.MaxUnavailable = 0;
        deployment.Spec.Strategy.RollingUpdate.MaxSurge = 1;

        var pod = deployment.Spec.Template.Spec;
        pod.TerminationGracePeriodSeconds = (long)DeploymentTarget.StopGracePeriod.TotalSeconds;
        foreach (var container in pod.Containers)
        {
            // Written here and not by WithHttpProbe: that one is experimental, registers each health check a second time
            // and writes its scheme in lower case, which Kubernetes does not take.
            // Five minutes to start: a service may wait for the database and bring it up to date first.
            container.StartupProbe = Probe("/health/live", failures: 60);
            container.LivenessProbe = Probe("/health/live", failures: 6);
            container.ReadinessProbe = Probe("/health/ready", failures: 2);
            container.Resources = holdsRequests
                ? KubernetesTarget.Needs(cpu: "250m", memory: "256Mi", memoryLimit: "1Gi")
                : KubernetesTarget.Needs(cpu: "50m", memory: "128Mi", memoryLimit: "512Mi");
        }

        KubernetesTarget.Restrict(pod, AppUser, readOnlyRoot: true);
    }

    private static ProbeV1 Probe(string path, int failures) => new()
    {
        HttpGet = new() { Path = path, Port = "http", Scheme = "HTTP" },
        PeriodSeconds = 5,
        TimeoutSeconds = 5,
        FailureThreshold = failures,
    };
}
