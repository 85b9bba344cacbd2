using System.Text.Json;
using LlmGateway.Api.Inference;
using LlmGateway.Api.Providers;
using LlmGateway.Core.Routing;
using LlmGateway.ServiceDefaults;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LlmGateway.Api.Health;

/// <summary>
/// <c>GET /health/detailed</c>: the service, every check and every provider. Names what stands behind the gateway, so it asks for a key.
/// </summary>
internal static class DetailedHealthApi
{
    public static void MapDetailedHealth(this IEndpointRouteBuilder routes)
    {
        var services = routes.ServiceProvider;
        var time = services.GetRequiredService<TimeProvider>();
        var checks = services.GetRequiredService<HealthCheckService>();
        var directory = services.GetRequiredService<ModelDirectory>();
        var routing = services.GetRequiredService<RoutingState>();
        var stopping = services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        var started = time.GetTimestamp();
        routes.MapGet("/health/detailed", async context =>
        {
            var report = await checks.CheckHealthAsync(context.RequestAborted);
            var status = stopping.IsCancellationRequested ? HealthStatus.Unhealthy : report.Status;
            await ResponseBody.SendStateAsync(context, json =>
            {
                json.WriteStartObject();
                json.WriteString("service"u8, Text(status));
                json.WriteString("version"u8, ProductVersion.Text);
                json.WriteNumber("uptime"u8, (long)time.GetElapsedTime(started).TotalSeconds);
                WriteProviders(json, ProviderSummary.Of(directory.Current, routing.Current));
                WriteChecks(json, report);
                json.WriteNumber("timestamp"u8, ProviderSummary.Seconds(time.GetUtcNow())!.Value);
                json.WriteEndObject();
            });
        });
    }

    private static void WriteProviders(Utf8JsonWriter json, IEnumerable<ProviderSummary> providers)
    {
        json.WriteStartObject("providers"u8);
        foreach (var provider in providers)
        {
            json.WriteStartObject(provider.Name);
            json.WriteBoolean("available"u8, provider.Status is ProviderStatus.Available or ProviderStatus.Degraded);
            json.WriteString("status"u8, provider.Status switch
            {
                ProviderStatus.Available => "healthy"u8,
                ProviderStatus.Degraded => "degraded"u8,
                ProviderStatus.Unavailable => "unhealthy"u8,
                _ => "unknown"u8,
            });
            if (provider.CheckedAt is { } time)
            {
                json.WriteNumber("last_checked"u8, time);
            }
            else
            {
                json.WriteNull("last_checked"u8);
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteChecks(Utf8JsonWriter json, HealthReport report)
    {
        json.WriteStartObject("checks"u8);
        foreach (var (name, entry) in report.Entries)
        {
            json.WriteStartObject(name);
            json.WriteString("status"u8, Text(entry.Status));
            if (entry.Description is { } description)
            {
                json.WriteString("description"u8, description);
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static string Text(HealthStatus status) => status switch
    {
        HealthStatus.Healthy => "healthy",
        HealthStatus.Degraded => "degraded",
        _ => "unhealthy",
    };
}
