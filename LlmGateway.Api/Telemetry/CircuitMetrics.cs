using System.Diagnostics.Metrics;
using LlmGateway.Core.Resilience;
using LlmGateway.Core.Telemetry;

namespace LlmGateway.Api.Telemetry;

/// <summary>The circuits as a gauge.</summary>
internal sealed class CircuitMetrics
{
    public CircuitMetrics(IMeterFactory meters, TargetRegistry targets) => meters.Create(GatewayTelemetry.SourceName).CreateObservableGauge(
        "llm_gateway.circuit_breaker.state", new CircuitReadings(targets).Read, null, "1 for the state that the circuit of a provider's model is in, 0 for the others.");
}
