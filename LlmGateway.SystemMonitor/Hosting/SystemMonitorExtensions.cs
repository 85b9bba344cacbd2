using LlmGateway.ServiceDefaults;
using LlmGateway.ServiceDefaults.Fleet;
using LlmGateway.ServiceDefaults.Hosting;
using LlmGateway.ServiceDefaults.Infrastructure;
using LlmGateway.Settings;
using LlmGateway.SystemMonitor.Probes;
using LlmGateway.SystemMonitor.Sampling;
using Microsoft.Extensions.Options;

namespace LlmGateway.SystemMonitor.Hosting;

public static class SystemMonitorExtensions
{
    private const string DefaultAddress = "http://127.0.0.1:3010";

    /// <summary>The system monitor as a service of its own.</summary>
    public static WebApplicationBuilder AddSystemMonitor(this WebApplicationBuilder builder)
    {
        builder.AddPrefixedEnvironment();
        builder.AddServiceDefaults();
        builder.AddWorkerIdentity();
        builder.RequireConnections(Connections.Redis);
        builder.AddFleet("system-monitor");
        builder.AddHostReadings();
        builder.UseDefaultAddress(DefaultAddress);
        return builder;
    }

    public static WebApplication MapSystemMonitor(this WebApplication app)
    {
        // All mistakes of the configuration at once.
        app.Services.GetRequiredService<IStartupValidator>().Validate();
        app.UseServiceDefaults();
        app.MapServiceDefaults();
        return app;
    }

    /// <summary>Measures this machine: an <see cref="IFleetSource"/>, metrics and a health check, for any host.</summary>
    public static IHostApplicationBuilder AddHostReadings(this IHostApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        var services = builder.Services;
        services.AddSettings<MonitorOptions>(configuration, MonitorOptions.Section);
        services.AddSingleton<IHostProbe>(_ => OperatingSystem.IsLinux() ? new LinuxProbe() : new PortableProbe());
        services.AddSingleton(provider => new DiskProbe(DiskProbe.Ask, DiskProbe.Bound, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<HostSampler>();
        services.AddSingleton<SystemMetrics>();
        services.AddSingleton<IFleetSource>(provider => provider.GetRequiredService<HostSampler>());
        services.AddHostedService(provider =>
        {
            // Nobody asks for the instruments; they are there from the first reading on.
            provider.GetRequiredService<SystemMetrics>();
            return provider.GetRequiredService<HostSampler>();
        });
        services.AddHealthChecks().AddCheck<ReadingsHealthCheck>("readings");
        return builder;
    }
}
