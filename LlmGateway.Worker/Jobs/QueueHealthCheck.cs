using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LlmGateway.Worker.Jobs;

/// <summary>Whether jobs can be claimed, as the sweeper saw last; asks nobody. Degraded at worst: jobs wait, and none is lost.</summary>
internal sealed class QueueHealthCheck(JobSweeper sweeper) : IHealthCheck
{
    public const string Name = "queue";

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(sweeper.Healthy ? HealthCheckResult.Healthy() : HealthCheckResult.Degraded("Jobs cannot be claimed at the moment; they wait."));
}
