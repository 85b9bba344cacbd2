using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LlmGateway.Core.Routing;

/// <summary>
/// Ready once every provider has been asked; degraded while some cannot be reached. Never unready because of them: a gateway that
/// explains a dead provider beats one that is taken out of the load balancer together with all its replicas. Tells of each provider
/// under its name.
/// </summary>
internal sealed class ProvidersHealthCheck(ModelDirectory directory) : IHealthCheck
{
    public const string Name = "providers";

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (!directory.IsReady)
        {
            return Task.FromResult(HealthCheckResult.Unhealthy("Providers are still being asked for their models."));
        }

        var providers = directory.Current.Providers;
        var each = providers.ToDictionary(p => p.Provider.Name, p => (object)(p.Error is null ? HealthStatus.Healthy : HealthStatus.Unhealthy));
        var failed = providers.Where(p => p.Error is not null).Select(p => p.Provider.Name).ToArray();
        return Task.FromResult(failed.Length == 0
            ? HealthCheckResult.Healthy(data: each)
            : HealthCheckResult.Degraded($"Cannot be used: {string.Join(", ", failed)}.", data: each));
    }
}
