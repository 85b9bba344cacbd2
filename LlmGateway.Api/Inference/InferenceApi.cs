using LlmGateway.Core.Protocol;

namespace LlmGateway.Api.Inference;

/// <summary>The endpoints that reach a model.</summary>
internal static class InferenceApi
{
    public static void MapInference(this IEndpointRouteBuilder routes)
    {
        routes.Map("/v1/chat/completions", Operation.Chat);
        routes.Map("/v1/completions", Operation.Completion);
        routes.Map("/v1/embeddings", Operation.Embeddings);
    }

    private static void Map(this IEndpointRouteBuilder routes, string path, Operation operation)
    {
        var endpoint = routes.ServiceProvider.GetRequiredService<InferenceEndpoint>();
        routes.MapPost(path, context => endpoint.HandleAsync(context, operation));
    }
}
