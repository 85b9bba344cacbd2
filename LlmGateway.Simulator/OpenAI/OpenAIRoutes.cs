using LlmGateway.Simulator.Anthropic;
using LlmGateway.Simulator.Wire;

namespace LlmGateway.Simulator.OpenAI;

internal static class OpenAIRoutes
{
    private static readonly Dictionary<string, string> AllowedMethods = new(StringComparer.OrdinalIgnoreCase)
    {
        ["/v1/chat/completions"] = "POST",
        ["/v1/completions"] = "POST",
        ["/v1/embeddings"] = "POST",
        ["/v1/models"] = "GET",
    };

    public static void MapOpenAI(this IEndpointRouteBuilder endpoints, ExchangeFactory factory)
    {
        var dialect = OpenAIDialect.Instance;
        endpoints.MapPost("/v1/chat/completions", factory.Handle(dialect, ChatEndpoint.HandleAsync));
        endpoints.MapPost("/v1/completions", factory.Handle(dialect, CompletionEndpoint.HandleAsync));
        endpoints.MapPost("/v1/embeddings", factory.Handle(dialect, EmbeddingsEndpoint.HandleAsync));
        endpoints.MapGet("/v1/models", AnthropicRoutes.OrOpenAI(factory, AnthropicModels.ListAsync, factory.Handle(dialect, ModelsEndpoint.ListAsync)));
        endpoints.MapGet("/v1/models/{**id}", AnthropicRoutes.OrOpenAI(factory, AnthropicModels.GetAsync, factory.Handle(dialect, ModelsEndpoint.GetAsync)));
        // vLLM's liveness probe: 200 and no body.
        endpoints.MapGet("/health", static () => Results.Ok());
        endpoints.Map("/v1/{**rest}", factory.Handle(dialect, Refuse));
    }

    private static Task Refuse(Exchange exchange)
    {
        var request = exchange.Http.Request;
        var path = request.Path.Value!.TrimEnd('/');
        if (!AllowedMethods.TryGetValue(path, out var allowed) && path.StartsWith("/v1/models/", StringComparison.OrdinalIgnoreCase)) allowed = "GET";
        if (allowed is null)
            throw new SimulatorException(404, $"Invalid URL ({request.Method} {request.Path})", "invalid_request_error", null, "unknown_url");
        exchange.Http.Response.Headers.Allow = allowed;
        throw new SimulatorException(
            405, $"Not allowed to {request.Method} on {request.Path}. (HINT: Perhaps you meant to use a different HTTP method?)",
            "invalid_request_error", null, "method_not_supported");
    }
}
