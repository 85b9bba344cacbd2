namespace LlmGateway.Core.Pipeline;

/// <summary>The rest of the spine, as a stage sees it.</summary>
public delegate ValueTask<GatewayAnswer> GatewayHandler(GatewayRequest request);

/// <summary>
/// One concern every request passes. A stage may answer by itself, change what is decided about the request, or wrap the answer.
/// The order of stages stands in <c>AddGateway()</c>.
/// </summary>
public interface IGatewayStage
{
    ValueTask<GatewayAnswer> InvokeAsync(GatewayRequest request, GatewayHandler next);
}
