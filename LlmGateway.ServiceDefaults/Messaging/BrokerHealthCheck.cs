using MassTransit;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LlmGateway.ServiceDefaults.Messaging;

/// <summary>What the bus and the publisher already know; asks nobody. Degraded at worst: requests are served without a broker.</summary>
internal sealed class BrokerHealthCheck(IBusControl bus, EventPublisher events) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(bus.CheckHealth().Status == BusHealthStatus.Healthy && !events.Away
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Degraded("The broker does not answer; events wait, and none are received."));
}
