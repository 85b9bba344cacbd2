using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Routing;
using LlmGateway.Core.Sensitivity;
using LlmGateway.Core.Telemetry;
using LlmGateway.Core.Usage;
using LlmGateway.Data.Audit;

namespace LlmGateway.Api.Jobs;

/// <summary>
/// Decides whether a request may become a job. What no provider will ever do is refused at once, and not after a wait in the queue; what
/// only nobody can do at the moment is what jobs are for.
/// </summary>
internal sealed class JobAdmission(ModelDirectory directory, Router router, SensitivityPolicy sensitivity, TimeProvider time, RoutingAudit? audit = null)
{
    private static readonly TimeSpan LookAgainInterval = TimeSpan.FromSeconds(2);

    /// <summary>Null when the request may be stored; its content has been judged then.</summary>
    public async ValueTask<GatewayError?> CheckAsync(GatewayRequest request)
    {
        // Looks again for an unknown model, as the router would.
        await directory.FindAsync(request.View.Model, LookAgainInterval, request.Aborted);
        sensitivity.Judge(request);
        if (router.Explain(request) is not { } plan)
        {
            return Router.ModelNotFound(request.View.Model, directory.Current);
        }

        request.Plan = plan;
        if (Router.Refusal(request, plan) is not { } refusal || IsForNow(refusal))
        {
            return null;
        }

        if (request.Sensitivity.IsSensitive)
        {
            // Accepted ones are counted and audited when they run.
            GatewayTelemetry.SensitiveRequests.Add(1);
            audit?.Ended(request, new RequestOutcome(refusal, null, null, time.GetElapsedTime(request.StartTimestamp), null));
        }

        return refusal;
    }

    private static bool IsForNow(GatewayError refusal) => refusal.Code is not
        (GatewayErrorCode.ModelNotFound or GatewayErrorCode.SensitiveContent or GatewayErrorCode.UnsupportedOperation or GatewayErrorCode.Forbidden or GatewayErrorCode.ContextLengthExceeded);
}
