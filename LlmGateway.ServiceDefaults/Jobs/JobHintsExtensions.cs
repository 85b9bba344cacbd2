using LlmGateway.ServiceDefaults.Infrastructure;
using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace LlmGateway.ServiceDefaults.Jobs;

public static class JobHintsExtensions
{
    /// <summary>
    /// Adds <see cref="IJobHints"/>: through the bus that <c>AddGatewayBus</c> has added, or within the process where there is none.
    /// <see cref="InMemoryJobHints"/> is there in either case.
    /// </summary>
    public static IHostApplicationBuilder AddJobHints(this IHostApplicationBuilder builder)
    {
        builder.Services.TryAddSingleton<InMemoryJobHints>();
        if (builder.Services.All(service => service.ServiceType != typeof(IBus)))
        {
            builder.Services.TryAddSingleton<IJobHints>(services => services.GetRequiredService<InMemoryJobHints>());
            return builder;
        }

        var address = new Uri(builder.Configuration.GetConnectionString(Connections.Broker)!);
        builder.Services.TryAddSingleton(services => new QueueLengths(address, services.GetRequiredService<TimeProvider>()));
        builder.Services.TryAddSingleton<BusJobHints>();
        builder.Services.TryAddSingleton<IJobHints>(services => services.GetRequiredService<BusJobHints>());
        builder.Services.AddHostedService(services => services.GetRequiredService<BusJobHints>());
        return builder;
    }
}
