using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LlmGateway.ModelManager.Nodes;

/// <summary>Ready once every node has been asked; degraded while some are not reachable. Tells of each node under its name.</summary>
internal sealed class NodesHealthCheck(NodeFleet fleet) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (!fleet.IsReady)
        {
            return Task.FromResult(HealthCheckResult.Unhealthy("Nodes are still being asked for their models."));
        }

        var nodes = fleet.Nodes.ToArray();
        var each = nodes.ToDictionary(n => n.Id, n => (object)(n.Reachable ? HealthStatus.Healthy : HealthStatus.Unhealthy));
        var lost = nodes.Where(n => !n.Reachable).Select(n => n.Id).ToArray();
        return Task.FromResult(lost.Length == 0
            ? HealthCheckResult.Healthy(data: each)
            : HealthCheckResult.Degraded($"Not reachable: {string.Join(", ", lost)}.", data: each));
    }
}
