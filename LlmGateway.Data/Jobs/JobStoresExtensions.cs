using LlmGateway.Data.Files;
using LlmGateway.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace LlmGateway.Data.Jobs;

public static class JobStoresExtensions
{
    /// <summary>Section <c>Jobs</c>. Doing it twice changes nothing.</summary>
    public static IServiceCollection AddJobOptions(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<JobOptions>(configuration, JobOptions.Section);
        return services;
    }

    /// <summary>Jobs, batches, webhooks and files in the database.</summary>
    public static IServiceCollection AddDatabaseJobs(this IServiceCollection services)
    {
        services.AddSingleton<StoreCalls>();
        services.AddSingleton<IBatchItems, BatchItemTable>();
        services.AddSingleton<IJobLeases, LeaseTable>();
        services.AddSingleton<IFileStore, FileTable>();
        services.AddSingleton<IJobStore, JobTable>();
        services.AddSingleton<IJobQueues, QueueTable>();
        services.AddSingleton<IWebhookOutbox, WebhookTable>();
        return services;
    }

    /// <summary>The same in this process's memory, for a gateway without a database: what is in it ends with the process.</summary>
    public static IServiceCollection AddInMemoryJobs(this IServiceCollection services)
    {
        services.AddSingleton(provider => new InMemoryJobs(provider.GetRequiredService<TimeProvider>())
        {
            MaxBytes = provider.GetRequiredService<IOptions<JobOptions>>().Value.MaxMemoryBytes,
        });
        services.AddSingleton<IBatchItems, InMemoryBatchItems>();
        services.AddOptions<FilesOptions>();
        services.AddSingleton<IFileStore, InMemoryFileStore>();
        services.AddSingleton<IJobStore, InMemoryJobStore>();
        services.AddSingleton<IJobQueues, InMemoryJobQueues>();
        services.AddSingleton<IJobLeases, InMemoryJobLeases>();
        services.AddSingleton<IWebhookOutbox, InMemoryWebhookOutbox>();
        return services;
    }
}
