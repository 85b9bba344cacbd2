namespace LlmGateway.Api.Admin.Queues;

/// <summary>Everything under <c>/admin/queue</c>.</summary>
internal static class QueuesApi
{
    public static void AddQueueAdministration(this IServiceCollection services)
    {
        services.AddSingleton<QueueBoard>();
        services.AddSingleton<QueueMetrics>();
        services.AddSingleton<QueueCalls>();
        services.AddSingleton<QueueAudit>();
        services.AddSingleton<QueueStatsEndpoint>();
        services.AddSingleton<QueueControlEndpoint>();
        services.AddSingleton<DeadLettersEndpoint>();
        services.AddSingleton<DeadLetterActions>();
        services.AddHostedService<QueueWatcher>();
    }

    public static void MapQueues(this IEndpointRouteBuilder admin)
    {
        // Nobody asks for the instruments; they are there from the start.
        admin.ServiceProvider.GetRequiredService<QueueMetrics>();
        var stats = admin.ServiceProvider.GetRequiredService<QueueStatsEndpoint>();
        var control = admin.ServiceProvider.GetRequiredService<QueueControlEndpoint>();
        var letters = admin.ServiceProvider.GetRequiredService<DeadLettersEndpoint>();
        var actions = admin.ServiceProvider.GetRequiredService<DeadLetterActions>();
        admin.MapGet("/queue/stats", stats.GetAsync);
        admin.MapPost("/queue/{queue}/pause", control.PauseAsync);
        admin.MapPost("/queue/{queue}/resume", control.ResumeAsync);
        admin.MapPost("/queue/{queue}/clear", control.ClearAsync);
        admin.MapGet("/queue/dead-letters", letters.ListAsync);
        admin.MapGet("/queue/dead-letters/{id}", letters.GetAsync);
        admin.MapDelete("/queue/dead-letters/{id}", actions.DeleteAsync);
        admin.MapPost("/queue/dead-letters/{id}/replay", actions.ReplayOneAsync);
        admin.MapPost("/queue/dead-letters/replay", actions.ReplayAsync);
        admin.MapPost("/queue/dead-letters/purge", actions.PurgeAsync);
    }
}
