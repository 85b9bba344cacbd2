using LlmGateway.Simulator.Wire;

namespace LlmGateway.Simulator.Bedrock;

/// <summary>The runtime's endpoints and, at the same address, the two of the control plane that list models.</summary>
internal static class BedrockRoutes
{
    public static void MapBedrock(this IEndpointRouteBuilder endpoints, ExchangeFactory factory)
    {
        var dialect = BedrockDialect.Instance;
        endpoints.MapPost("/model/{modelId}/converse", factory.Handle(dialect, ConverseEndpoint.HandleAsync));
        endpoints.MapPost("/model/{modelId}/converse-stream", factory.Handle(dialect, ConverseEndpoint.StreamAsync));
        endpoints.MapPost("/model/{modelId}/invoke", factory.Handle(dialect, InvokeEndpoint.HandleAsync));
        endpoints.Map("/model/{**rest}", factory.Handle(dialect, Refuse));
        endpoints.MapGet("/foundation-models", factory.Handle(dialect, BedrockModels.ListAsync));
        endpoints.MapGet("/foundation-models/{modelId}", factory.Handle(dialect, BedrockModels.GetAsync));
        endpoints.MapGet("/inference-profiles", factory.Handle(dialect, BedrockModels.ListProfilesAsync));
    }

    private static Task Refuse(Exchange exchange) =>
        throw new SimulatorException(404, $"The requested operation is not recognized by the service: {exchange.Http.Request.Method} {exchange.Http.Request.Path}", "invalid_request_error", null, "UnknownOperationException");
}
