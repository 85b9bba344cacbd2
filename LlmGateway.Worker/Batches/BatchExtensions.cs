using LlmGateway.Settings;
using LlmGateway.Worker.Jobs;

namespace LlmGateway.Worker.Batches;

internal static class BatchExtensions
{
    /// <summary>The handler of batches; whether batches are taken says <see cref="BatchOptions.Enabled"/>.</summary>
    public static IServiceCollection AddBatches(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<BatchOptions>(configuration, BatchOptions.Section);
        services.AddSingleton<StoreRetry>();
        services.AddSingleton<BatchValidator>();
        services.AddSingleton<BatchLineCaller>();
        services.AddSingleton<BatchRunner>();
        services.AddSingleton<BatchOutput>();
        services.AddSingleton<IJobHandler, BatchHandler>();
        return services;
    }
}
