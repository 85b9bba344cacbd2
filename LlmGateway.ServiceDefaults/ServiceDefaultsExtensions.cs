using LlmGateway.ServiceDefaults.Health;
using LlmGateway.ServiceDefaults.Hosting;
using LlmGateway.ServiceDefaults.Logging;
using LlmGateway.ServiceDefaults.Metrics;
using LlmGateway.ServiceDefaults.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LlmGateway.ServiceDefaults;

/// <summary>What every service of the gateway does alike.</summary>
public static class ServiceDefaultsExtensions
{
    /// <summary>Telemetry, JSON logs, health and service discovery. HTTP clients get no blanket retries: they would repeat and cut calls to models.</summary>
    public static IHostApplicationBuilder AddServiceDefaults(this IHostApplicationBuilder builder)
    {
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<HealthDocuments>();
        builder.Services.TryAddSingleton<DefectWatch>();
        builder.Services.AddSingleton<ILoggerProvider>(provider => provider.GetRequiredService<DefectWatch>());
        builder.Services.AddHealthChecks().AddCheck<DefectsHealthCheck>(DefectsHealthCheck.Name, tags: ["ready"]);
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IPostConfigureOptions<HealthCheckServiceOptions>, HealthCheckBounds>());
        builder.AddTelemetry();
        builder.AddJsonLogs();
        builder.AddServiceNames();
        return builder;
    }

    /// <summary>The middleware that has to stand before a service's own.</summary>
    public static WebApplication UseServiceDefaults(this WebApplication app)
    {
        app.UseMiddleware<HttpServerTelemetry>();
        return app;
    }

    /// <summary>The health endpoints and <c>/metrics</c>.</summary>
    public static WebApplication MapServiceDefaults(this WebApplication app)
    {
        app.MapHealth();
        app.MapMetrics();
        return app;
    }
}
