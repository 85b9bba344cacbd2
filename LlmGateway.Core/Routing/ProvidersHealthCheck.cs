using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LlmGateway.Core.Routing;

/// <summary>
/// Ready once every provider has been asked; degraded while some cannot be reached. Never unready because of them: a gateway that
/// explains a dead provider beats one that is taken out of the load balancer together with all its replicas. Anybody may ask, so it tells
/// how many and of which type, and not which; <c>/health/detailed</c> names them.
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
        var failed = providers.Count(p => p.Error is not null);
        var types = providers.GroupBy(p => p.Provider.Type, StringComparer.Ordinal)
            .ToDictionary(type => type.Key, type => (object)(type.All(p => p.Error is null) ? HealthStatus.Healthy : HealthStatus.Unhealthy));
        return Task.FromResult(failed == 0
            ? HealthCheckResult.Healthy(data: types)
            : HealthCheckResult.Degraded($"{failed} of {providers.Count} providers cannot be used.", data: types));
    }
}
