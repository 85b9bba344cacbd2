using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LlmGateway.Settings.Reload;

/// <summary>Degraded while the settings in force are not those that are configured. What is wrong is in the log: it may name what is not for everybody.</summary>
public sealed class SettingsHealthCheck(SettingsReloader reloader) : IHealthCheck
{
    public const string Name = "settings";

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(reloader.Refused.Count == 0
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Degraded("A change of the settings was not taken over; the log says why."));
}
