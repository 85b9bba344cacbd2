using System.Text.RegularExpressions;
using Aspire.Hosting.Docker.Resources.ComposeNodes;

namespace LlmGateway.AppHost.Deployment;

internal static partial class ComposeTarget
{
    private const string PortSuffix = "_PORT";

    public static void AddCompose(
        this IDistributedApplicationBuilder builder, IReadOnlyList<IResourceBuilder<ProjectResource>> services)
    {
        var servers = builder.Resources.OfType<ContainerResource>().ToArray();
        builder.AddDockerComposeEnvironment("compose")
            // It would be one more thing that answers without a key; telemetry goes to Deployment:OtlpEndpoint.
            .WithDashboard(false)
            .ConfigureEnvFile(variables =>
            {
                // Which port a service has inside its container is nobody's concern: the file has a default for it.
                foreach (var port in variables.Keys.Where(name => name.EndsWith(PortSuffix, StringComparison.Ordinal)).ToArray())
                {
                    variables.Remove(port);
                }
            })
            .ConfigureComposeFile(file =>
            {
                // Unset it is the folder's name, and volumes are called after it: a copy elsewhere would begin without data.
                file.Name = "llm-gateway";
                foreach (var server in servers)
                {
                    ComposeServer.Complete(file.Services[server.Name], server);
                }

                foreach (var service in services.Select(s => s.Resource))
                {
                    Complete(file.Services[service.Name], service);
                }

                foreach (var container in file.Services.Values)
                {
                    container.Restart = "unless-stopped";
                    // No program in it gains rights that it was not started with.
                    container.SecurityOpt.Add("no-new-privileges:true");
                    foreach (var server in servers.Where(server => container.DependsOn.ContainsKey(server.Name)))
                    {
                        container.DependsOn[server.Name].Condition = "service_healthy";
                    }

                    DemandValues(container);
                }
            });
    }

    private static void Complete(Service container, ProjectResource service)
    {
        container.StopGracePeriod = $"{DeploymentTarget.StopGracePeriod.TotalSeconds:0}s";
        container.CapDrop.Add("ALL");
        // Only the api has ports. Without a number in front Docker would choose another one at every start, and without an address
        // it would offer plain HTTP to every network of the machine, past its firewall.
        container.Ports = [.. container.Ports.Select(port => "${GATEWAY_BIND:-127.0.0.1}:${GATEWAY_PORT:-8080}:" + port)];
        if (service.GetReplicaCount() is > 1 and var replicas)
        {
            container.Deploy = new() { Replicas = replicas };
        }
    }

    /// <summary>Compose takes a variable without a value for an empty one, and starts. With this it refuses and names the variable.</summary>
    private static void DemandValues(Service container)
    {
        container.Image = Demanded(container.Image ?? "");
        container.Ports = [.. container.Ports.Select(Demanded)];
        container.Expose = [.. container.Expose.Select(Demanded)];
        foreach (var (name, value) in container.Environment.ToArray())
        {
            container.Environment[name] = Demanded(value);
        }
    }

    private static string Demanded(string value) => Reference().Replace(value, found =>
    {
        var name = found.Groups[1].Value;
        return name.EndsWith(PortSuffix, StringComparison.Ordinal) ? $"${{{name}:-8080}}" : $"${{{name}:?is empty in .env}}";
    });

    [GeneratedRegex(@"\$\{(\w+)\}", RegexOptions.CultureInvariant)]
    private static partial Regex Reference();
}
