using System.Diagnostics;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Telemetry;

namespace LlmGateway.Core.Sensitivity;

/// <summary>
/// Decides how far the provider must be trusted that may see a request, before anything else looks for one.
/// </summary>
internal sealed class SensitivityStage(SensitivityPolicy policy) : IGatewayStage
{
    public ValueTask<GatewayAnswer> InvokeAsync(GatewayRequest request, GatewayHandler next)
    {
        policy.Judge(request);
        if (request.IsClassified || request.Sensitivity.IsSensitive)
        {
            Tell(request.Sensitivity);
        }

        return next(request);
    }

    private static void Tell(SensitivityVerdict verdict)
    {
        if (verdict.IsSensitive)
        {
            GatewayTelemetry.SensitiveRequests.Add(1);
        }

        if (Activity.Current is { IsAllDataRequested: true } activity && activity.Source.Name == GatewayTelemetry.SourceName)
        {
            activity.SetTag(GatewayTelemetry.SensitivityScoreTag, verdict.Score);
            activity.SetTag(GatewayTelemetry.SensitivityRequiredTag, verdict.IsSensitive ? "high" : "low");
            activity.SetTag(GatewayTelemetry.SensitivityReasonsTag, verdict.Reasons.Count == 0 ? null : verdict.Reasons.ToArray());
        }
    }
}
