namespace LlmGateway.Api.Query;

/// <summary>The plain endpoints: a prompt in, a text out, without OpenAI's envelope.</summary>
internal static class QueryApi
{
    public static void MapQuery(this IEndpointRouteBuilder routes)
    {
        var endpoint = routes.ServiceProvider.GetRequiredService<QueryEndpoint>();
        routes.MapPost("/query", context => endpoint.HandleAsync(context, PlainKind.Query));
        routes.MapPost("/stream", context => endpoint.HandleAsync(context, PlainKind.Stream));
        routes.MapPost("/embeddings", context => endpoint.HandleAsync(context, PlainKind.Embeddings));
    }
}
