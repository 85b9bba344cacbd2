using MassTransit;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LlmGateway.ServiceDefaults.Messaging;

/// <summary>What the bus and the publisher know, and whether the broker answers now. Degraded at worst: requests are served without a broker.</summary>
internal sealed class BrokerHealthCheck(IBusControl bus, EventPublisher events, BrokerProbe probe) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        bus.CheckHealth().Status == BusHealthStatus.Healthy && !events.Away && await probe.AnswersAsync(cancellationToken)
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Degraded("The broker does not answer; events wait, and none are received.");
}
