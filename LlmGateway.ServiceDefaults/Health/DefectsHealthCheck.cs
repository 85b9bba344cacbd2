using LlmGateway.Contracts.Failures;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LlmGateway.ServiceDefaults.Health;

/// <summary>Degraded for a while after a defect: the log has its stack, and somebody should look.</summary>
internal sealed class DefectsHealthCheck : IHealthCheck
{
    public const string Name = "defects";

    private static readonly TimeSpan While = TimeSpan.FromMinutes(10);

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(Defects.SinceLast(TimeProvider.System) < While
            ? HealthCheckResult.Degraded("An exception that no outage explains was met in the last minutes; the log has its stack.")
            : HealthCheckResult.Healthy());
}
