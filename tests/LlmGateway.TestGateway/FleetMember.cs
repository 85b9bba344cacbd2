using LlmGateway.Contracts.Fleet;
using LlmGateway.ServiceDefaults.Fleet;
using LlmGateway.TestSupport;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace LlmGateway.TestGateway;

/// <summary>A member of a fleet and nothing else, as every service is one.</summary>
public static class FleetMember
{
    public static async Task<IHost> StartAsync(string redis, string instance, IFleetSource? source = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection([new("ConnectionStrings:redis", redis), new("Service:InstanceId", instance)]);
        builder.AddFleet("test");
        if (source is not null)
        {
            builder.Services.AddSingleton(source);
        }

        var host = builder.Build();
        await host.StartAsync(TestTimeouts.Token());
        return host;
    }

    /// <summary>Waits until the member sees the fleet so.</summary>
    public static Task SeesAsync(IHost host, Func<FleetView, bool> condition) =>
        Eventually.IsTrueAsync(() => condition(host.Services.GetRequiredService<FleetState>().Current), "the fleet is seen so");
}
