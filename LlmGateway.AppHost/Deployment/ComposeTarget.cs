namespace LlmGateway.AppHost.Deployment;

internal static class ComposeTarget
{
    public static void AddCompose(
        this IDistributedApplicationBuilder builder, IReadOnlyList<IResourceBuilder<ProjectResource>> services)
    {
        builder.AddDockerComposeEnvironment("compose")
            // It would be one more thing that answers without a key; telemetry goes to Deployment:OtlpEndpoint.
            .WithDashboard(false)
            .ConfigureComposeFile(file =>
            {
                // Unset it is the folder's name, and volumes are called after it: a copy elsewhere would begin without data.
                file.Name = "llm-gateway";
                foreach (var container in file.Services.Values)
                {
                    // Compose waits for a container to start, not for the server in it: who came too early tries again.
                    container.Restart = "unless-stopped";
                    // Only the api has ports. Without a number in front Docker would choose another one at every start.
                    container.Ports = [.. container.Ports.Select(port => "${GATEWAY_PORT:-8080}:" + port)];
                    if (container.Volumes.Count > 0)
                    {
                        // RabbitMQ keeps its queues under its host name, which would be a new one with every new container.
                        container.Hostname = container.Name;
                    }
                }

                foreach (var service in services.Select(s => s.Resource))
                {
                    var container = file.Services[service.Name];
                    container.StopGracePeriod = $"{DeploymentTarget.StopGracePeriod.TotalSeconds:0}s";
                    if (service.GetReplicaCount() is > 1 and var replicas)
                    {
                        container.Deploy = new() { Replicas = replicas };
                    }
                }
            });
    }
}
