namespace LlmGateway.Api.Batches;

/// <summary>Many requests from a file: OpenAI's <c>/v1/batches</c>.</summary>
internal static class BatchesApi
{
    private const string Path = "/v1/batches";

    public static IServiceCollection AddBatchesApi(this IServiceCollection services)
    {
        services.AddSingleton<BatchCreation>();
        services.AddSingleton<BatchesEndpoint>();
        return services;
    }

    public static void MapBatches(this IEndpointRouteBuilder routes)
    {
        var creation = routes.ServiceProvider.GetRequiredService<BatchCreation>();
        var batches = routes.ServiceProvider.GetRequiredService<BatchesEndpoint>();
        routes.MapPost(Path, creation.HandleAsync);
        routes.MapGet(Path, batches.ListAsync);
        routes.MapGet(Path + "/{id}", batches.GetAsync);
        routes.MapPost(Path + "/{id}/cancel", batches.CancelAsync);
    }
}
