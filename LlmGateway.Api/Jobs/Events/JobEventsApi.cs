using LlmGateway.Data.Jobs;

namespace LlmGateway.Api.Jobs.Events;

/// <summary>Jobs followed live.</summary>
internal static class JobEventsApi
{
    public static IServiceCollection AddJobEvents(this IServiceCollection services)
    {
        services.AddSingleton<JobWatcher>();
        services.AddHostedService(provider => provider.GetRequiredService<JobWatcher>());
        services.AddSingleton<EndedJobs>();
        services.AddSingleton<JobEventsEndpoint>();
        return services;
    }

    public static void MapJobEvents(this IEndpointRouteBuilder routes)
    {
        var endpoint = routes.ServiceProvider.GetRequiredService<JobEventsEndpoint>();
        routes.MapGet(JobAnswer.PathOf(JobKind.Chat) + "/{id}/events", context => endpoint.HandleAsync(context, JobKind.Chat));
        routes.MapGet(JobAnswer.PathOf(JobKind.Embeddings) + "/{id}/events", context => endpoint.HandleAsync(context, JobKind.Embeddings));
    }
}
