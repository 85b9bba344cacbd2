using Aspire.Hosting.Kubernetes;
using Aspire.Hosting.Kubernetes.Resources;

namespace LlmGateway.AppHost.Deployment;

/// <summary>What the chart says of Redis, PostgreSQL, RabbitMQ and Ollama beyond what Aspire writes.</summary>
internal static class KubernetesServerPod
{
    /// <summary>The user that the official images of Redis, PostgreSQL and RabbitMQ make for their server.</summary>
    private const long ServerUser = 999;

    /// <summary>For a server that has to write out what it was given, and may have much of it.</summary>
    private const long StopSeconds = 120;

    public static void Complete(KubernetesResource server, ContainerResource resource)
    {
        KubernetesSecrets.Demand(server.Secret);
        if (server.Workload is not StatefulSet statefulSet)
        {
            return;
        }

        // Required by the API; with it the pod has a name in the cluster's DNS.
        statefulSet.Spec.ServiceName = server.Service?.Metadata.Name ?? resource.Name;
        var pod = statefulSet.Spec.Template.Spec;
        pod.TerminationGracePeriodSeconds = StopSeconds;
        var container = pod.Containers.Single();
        switch (resource)
        {
            case RedisResource:
                container.Resources = KubernetesTarget.Needs(cpu: "100m", memory: "128Mi", memoryLimit: "1Gi");
                Watch(container, Exec("sh", "-c", "REDISCLI_AUTH=\"$REDIS_PASSWORD\" redis-cli ping | grep -q PONG"), period: 10);
                KubernetesTarget.Restrict(pod, ServerUser, readOnlyRoot: true);
                break;
            case PostgresServerResource:
                container.Resources = KubernetesTarget.Needs(cpu: "250m", memory: "512Mi", memoryLimit: "2Gi");
                // By TCP: while the image makes the database, a server answers on the socket only and is not the one to wait for.
                Watch(container, Exec("sh", "-c", "pg_isready --quiet --host=127.0.0.1 --username=\"$POSTGRES_USER\""), period: 10);
                KubernetesTarget.Restrict(pod, ServerUser, readOnlyRoot: false);
                break;
            case RabbitMQServerResource:
                container.Resources = KubernetesTarget.Needs(cpu: "250m", memory: "512Mi", memoryLimit: "2Gi");
                // Each of these starts an Erlang machine of its own: rarely, and with time to answer.
                Watch(container, Exec("rabbitmq-diagnostics", "--quiet", "check_port_connectivity"), period: 30, timeout: 25);
                KubernetesTarget.Restrict(pod, ServerUser, readOnlyRoot: false);
                break;
            default:
                // Ollama: its image is made for root and keeps the models in root's folder; what they need is not known here.
                container.Resources = KubernetesTarget.Needs(cpu: "1", memory: "2Gi", memoryLimit: null);
                Watch(container, Http("/"), period: 10);
                KubernetesTarget.Restrict(pod, user: null, readOnlyRoot: false);
                break;
        }
    }

    /// <summary>Ready when the question is answered; restarted after it was not for a minute or more, counted from the first answer on.</summary>
    private static void Watch(ContainerV1 container, Func<ProbeV1> question, int period, int timeout = 5)
    {
        // A server that reads a large journal at its start is not dead: ten minutes.
        container.StartupProbe = Asked(600 / period);
        container.ReadinessProbe = Asked(2);
        container.LivenessProbe = Asked(Math.Max(3, 60 / period));

        // An object for each: one that is met twice is written as a reference, which few who read the chart would understand.
        ProbeV1 Asked(int failures)
        {
            var probe = question();
            probe.PeriodSeconds = period;
            probe.TimeoutSeconds = timeout;
            probe.FailureThreshold = failures;
            return probe;
        }
    }

    private static Func<ProbeV1> Http(string path) => () => new() { HttpGet = new() { Path = path, Port = "http", Scheme = "HTTP" } };

    private static Func<ProbeV1> Exec(params string[] command) => () =>
    {
        var exec = new ExecActionV1();
        exec.Command.AddRange(command);
        return new() { Exec = exec };
    };
}
