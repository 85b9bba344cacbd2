using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LlmGateway.AppHost.ClosedNetwork;

/// <summary>A model is healthy while its server has it.</summary>
internal sealed class OllamaModelHealthCheck(OllamaModelResource model) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        await new OllamaModels(new Uri(model.Parent.PrimaryEndpoint.Url)).HasAsync(model.ModelName, cancellationToken)
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy($"The server does not have model {model.ModelName}.");
}
