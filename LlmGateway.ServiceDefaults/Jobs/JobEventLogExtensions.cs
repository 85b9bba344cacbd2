using LlmGateway.ServiceDefaults.Infrastructure;
using LlmGateway.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace LlmGateway.ServiceDefaults.Jobs;

public static class JobEventLogExtensions
{
    /// <summary>
    /// Adds <see cref="IJobEventLog"/>: in Redis where there is a connection string for it, else within the process. May be called more
    /// than once.
    /// </summary>
    public static IHostApplicationBuilder AddJobEventLog(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        if (services.Any(service => service.ServiceType == typeof(IJobEventLog)))
        {
            return builder;
        }

        var configuration = builder.Configuration;
        services.AddSettings<JobEventLogOptions>(configuration, JobEventLogOptions.Section);
        services.TryAddSingleton(TimeProvider.System);
        if (builder.HasConnection(Connections.Redis))
        {
            builder.AddGatewayRedis();
            services.AddSingleton<IJobEventLog, RedisJobEventLog>();
        }
        else
        {
            services.AddSingleton<IJobEventLog, InMemoryJobEventLog>();
        }

        return builder;
    }
}
