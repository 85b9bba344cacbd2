using LlmGateway.Core.Pipeline;
using LlmGateway.Data.Jobs;
using LlmGateway.ServiceDefaults.Jobs;
using LlmGateway.Settings.Reading;
using LlmGateway.Settings;
using LlmGateway.Worker.Batches;
using LlmGateway.Worker.Telemetry;
using LlmGateway.Worker.Webhooks;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace LlmGateway.Worker.Jobs;

public static class JobProcessingExtensions
{
    /// <summary>
    /// Adds what does jobs, on the stores, the event log, the hints and the spine that the host has. A worker id must be there too.
    /// </summary>
    public static IHostApplicationBuilder AddJobProcessing(this IHostApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        var services = builder.Services;
        services.AddSettings<JobProcessingOptions>(configuration, JobProcessingOptions.Section)
            .Validate(
                options => options.HeartbeatInterval <= options.Lease / LeaseKeeper.RenewalsPerLease,
                "Worker:HeartbeatInterval must be at most a third of Worker:Lease: every lease would run out otherwise.");
        services.AddJobOptions(configuration);
        services.AddBatches(configuration);
        services.AddWebhooks(configuration);
        services.TryAddSingleton<WorkerMetrics>();
        services.AddSingleton<OutputLengths>();
        services.AddSingleton(provider => Handler(provider, JobKind.Chat));
        services.AddSingleton(provider => Handler(provider, JobKind.Embeddings));
        services.AddSingleton<JobSettler>();
        services.AddSingleton<JobProcessor>();
        services.AddSingleton<JobClaims>();
        services.AddSingleton<JobSlots>();
        services.AddSingleton<HintKeeper>();
        services.AddHostedService<JobDrain>();
        services.AddSingleton<LeaseKeeper>();
        services.AddHostedService(provider => provider.GetRequiredService<LeaseKeeper>());
        services.AddSingleton<JobSweeper>();
        services.AddHostedService(provider => provider.GetRequiredService<JobSweeper>());
        services.AddHostedService<JobCleaner>();
        services.AddHostedService<LocalHints>();
        services.AddHealthChecks().AddCheck<QueueHealthCheck>(QueueHealthCheck.Name, tags: ["ready"]);
        // Read on its own: the host asks for it before the settings have been validated.
        services.AddOptions<HostOptions>().PostConfigure(host =>
        {
            var drain = SettingsReader.Get<JobProcessingOptions>(configuration, JobProcessingOptions.Section).DrainTimeout;
            var needed = drain + JobDrain.HandBackTimeout + TimeSpan.FromSeconds(10);
            host.ShutdownTimeout = host.ShutdownTimeout > needed ? host.ShutdownTimeout : needed;
        });
        return builder;
    }

    private static IJobHandler Handler(IServiceProvider services, JobKind kind) => new ModelHandler(
        kind,
        services.GetRequiredService<GatewayPipeline>(),
        services.GetRequiredService<IJobEventLog>(),
        services.GetRequiredService<OutputLengths>(),
        services.GetRequiredService<IOptions<JobOptions>>(),
        services.GetRequiredService<TimeProvider>());
}
