using Microsoft.Extensions.DependencyInjection;

namespace LlmGateway.Data.Jobs;

public static class JobStoresExtensions
{
    /// <summary>Jobs, batches, webhooks and files in the database.</summary>
    public static IServiceCollection AddDatabaseJobs(this IServiceCollection services)
    {
        services.AddSingleton<StoreCalls>();
        services.AddSingleton<IJobLeases, LeaseTable>();
        services.AddSingleton<IWebhookOutbox, WebhookTable>();
        return services;
    }

    /// <summary>The same in this process's memory, for a gateway without a database: what is in it ends with the process.</summary>
    public static IServiceCollection AddInMemoryJobs(this IServiceCollection services)
    {
        services.AddSingleton<InMemoryJobs>();
        services.AddSingleton<IJobLeases, InMemoryJobLeases>();
        services.AddSingleton<IWebhookOutbox, InMemoryWebhookOutbox>();
        return services;
    }
}
