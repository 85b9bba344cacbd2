using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Usage;

namespace LlmGateway.Core.Routing;

/// <summary>Says why a request cannot be sent anywhere.</summary>
internal static class RouteRefusal
{
    /// <param name="request">The request.</param>
    /// <param name="plan">Its plan, which has rejections and no candidate.</param>
    public static GatewayError Explain(GatewayRequest request, RoutePlan plan)
    {
        if (plan.Rejected.All(r => r.Reason == RejectReasons.Provider))
        {
            return Router.ModelNotFound(request.View.Model);
        }

        if (plan.Rejected.All(r => r.Reason is RejectReasons.Provider or RejectReasons.Permission))
        {
            return new GatewayError(GatewayErrorCode.Forbidden, $"Your API key may not use the model '{BoundedText.Shorten(request.View.Model)}'.") { Param = "model" };
        }

        if (ForNow(plan.Rejected) is { } forNow)
        {
            return forNow;
        }

        // Whatever else is wrong with other targets: changing the request must not lead to one that may not see it.
        if (plan.Rejected.Any(r => r.Reason == RejectReasons.Security))
        {
            return new GatewayError(
                GatewayErrorCode.SensitiveContent, $"The content is classified as sensitive, and no provider of model '{request.View.Model}' that may see it is available.");
        }

        if (plan.Rejected.FirstOrDefault(r => r.Reason == RejectReasons.ContextLength) is { } small)
        {
            return new GatewayError(
                GatewayErrorCode.ContextLengthExceeded, $"The request asks for {request.View.MaxTokens} tokens, and the context window of model '{request.View.Model}' holds {small.Target.ContextLength}.");
        }

        var target = plan.Rejected.First(r => r.Reason is not (RejectReasons.Provider or RejectReasons.Permission)).Target;
        var missing = CapabilityNames.Needed(request.View) & ~(target.Capabilities ?? CapabilityNames.Guess(target.UpstreamName));
        return new GatewayError(
            GatewayErrorCode.UnsupportedOperation, $"The model '{request.View.Model}' is not configured for: {string.Join(", ", CapabilityNames.Names(missing))}.")
        {
            Param = "model",
        };
    }

    /// <summary>What is said of the one that is out of order for the shortest time: it could have been asked, so waiting helps. Null when none is.</summary>
    public static GatewayError? ForNow(IEnumerable<Rejection> rejected)
    {
        if (rejected.Where(r => r.RetryAfter is not null).MinBy(r => r.RetryAfter) is not { } soonest)
        {
            return null;
        }

        var message = soonest.Reason == RejectReasons.Unreachable
            ? $"Provider '{soonest.Target.Group}' cannot be reached."
            : $"Provider '{soonest.Target.Group}' has failed too often of late and is not asked for a while.";
        return new GatewayError(GatewayErrorCode.UpstreamUnavailable, message) { RetryAfter = soonest.RetryAfter };
    }
}
