using LlmGateway.Data.Jobs;

namespace LlmGateway.Api.Jobs;

/// <summary>Requests that are answered later: submit, look, list, cancel.</summary>
internal static class JobsApi
{
    public static IServiceCollection AddJobsApi(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddJobOptions(configuration);
        services.AddSingleton<JobServices>();
        services.AddSingleton<JobAdmission>();
        services.AddSingleton<JobEstimates>();
        services.AddSingleton<SubmitEndpoint>();
        services.AddSingleton<JobEndpoint>();
        services.AddSingleton<JobListEndpoint>();
        return services;
    }

    public static void MapJobs(this IEndpointRouteBuilder routes)
    {
        routes.Map(JobKind.Chat);
        routes.Map(JobKind.Embeddings);
    }

    private static void Map(this IEndpointRouteBuilder routes, JobKind kind)
    {
        var path = JobAnswer.PathOf(kind);
        var submit = routes.ServiceProvider.GetRequiredService<SubmitEndpoint>();
        var list = routes.ServiceProvider.GetRequiredService<JobListEndpoint>();
        var job = routes.ServiceProvider.GetRequiredService<JobEndpoint>();
        routes.MapPost(path, context => submit.HandleAsync(context, kind));
        routes.MapGet(path, context => list.HandleAsync(context, kind));
        routes.MapGet(path + "/{id}", context => job.GetAsync(context, kind));
        routes.MapDelete(path + "/{id}", context => job.CancelAsync(context, kind));
    }
}
