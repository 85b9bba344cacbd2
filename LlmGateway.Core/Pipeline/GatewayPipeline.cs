using LlmGateway.Core.Routing;

namespace LlmGateway.Core.Pipeline;

/// <summary>The spine: runs a request through the stages in registration order, the first outermost, and ends at the router.</summary>
public sealed class GatewayPipeline
{
    private readonly GatewayHandler _handler;

    public GatewayPipeline(IEnumerable<IGatewayStage> stages, Router router)
    {
        GatewayHandler handler = router.RouteAsync;
        foreach (var stage in stages.Reverse())
        {
            var next = handler;
            handler = request => stage.InvokeAsync(request, next);
        }

        _handler = handler;
    }

    /// <summary>Answers the request. The caller disposes the answer, which releases the upstream call.</summary>
    public ValueTask<GatewayAnswer> AnswerAsync(GatewayRequest request) => _handler(request);
}
