using LlmGateway.Worker.Jobs;

namespace LlmGateway.Worker.Batches;

internal static class BatchExtensions
{
    /// <summary>The handler of batches; whether batches are taken says <see cref="BatchOptions.Enabled"/>.</summary>
    public static IServiceCollection AddBatches(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptionsWithValidateOnStart<BatchOptions>()
            // Configured and not bound: a reload must not throw where it is noticed.
            .Configure(options => configuration.GetSection(BatchOptions.Section).Bind(options))
            .ValidateDataAnnotations();
        services.AddSingleton<StoreRetry>();
        services.AddSingleton<BatchValidator>();
        services.AddSingleton<BatchLineCaller>();
        services.AddSingleton<BatchRunner>();
        services.AddSingleton<BatchOutput>();
        services.AddSingleton<IJobHandler, BatchHandler>();
        return services;
    }
}
