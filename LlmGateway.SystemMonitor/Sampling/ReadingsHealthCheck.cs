using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LlmGateway.SystemMonitor.Sampling;

/// <summary>Ready while the readings are those of now.</summary>
internal sealed class ReadingsHealthCheck(HostSampler sampler) : IHealthCheck
{
    private const int MissedSamples = 10;

    /// <summary>A machine under load is measured late, which is no fault of the monitor.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(sampler.Age switch
    {
        null => HealthCheckResult.Unhealthy("Nothing has been measured yet."),
        { } age when age > (sampler.Interval * MissedSamples) + Patience => HealthCheckResult.Unhealthy($"The last reading is {age.TotalSeconds:0} s old."),
        _ => HealthCheckResult.Healthy(),
    });
}
