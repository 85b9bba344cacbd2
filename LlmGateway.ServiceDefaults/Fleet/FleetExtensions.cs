using LlmGateway.Contracts.Fleet;
using LlmGateway.ServiceDefaults.Infrastructure;
using LlmGateway.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace LlmGateway.ServiceDefaults.Fleet;

public static class FleetExtensions
{
    /// <summary>
    /// Makes the process a member of the fleet: it announces itself as <paramref name="service"/>, publishes what its
    /// <see cref="IFleetSource"/>s say, and keeps <see cref="FleetState"/> up to date. Through Redis where there is a connection
    /// string for it, else within the process. A process that holds several services calls it once for each.
    /// </summary>
    public static IHostApplicationBuilder AddFleet(this IHostApplicationBuilder builder, string service)
    {
        var configuration = builder.Configuration;
        var services = builder.Services;
        builder.AddGatewayRedis();
        services.AddSingleton<IFleetSource>(provider => new ServiceInstanceSource(
            service, provider.GetRequiredService<IOptions<ServiceOptions>>(), provider.GetRequiredService<TimeProvider>()));
        if (services.Any(s => s.ServiceType == typeof(IFleetStore)))
        {
            return builder;
        }

        services.AddSettings<FleetOptions>(configuration, FleetOptions.Section);
        services.AddSettings<ServiceOptions>(configuration, ServiceOptions.Section);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<FleetState>();
        services.AddSingleton<FleetHealth>();
        if (builder.HasConnection(Connections.Redis))
        {
            services.AddSingleton<IFleetStore, RedisFleetStore>();
        }
        else
        {
            services.AddSingleton<IFleetStore, InMemoryFleetStore>();
        }

        services.AddHostedService<FleetPublisher>();
        services.AddHostedService<FleetReader>();
        return builder;
    }
}
