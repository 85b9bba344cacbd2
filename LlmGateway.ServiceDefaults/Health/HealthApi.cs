using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace LlmGateway.ServiceDefaults.Health;

/// <summary>
/// <c>/health</c> and <c>/health/live</c> (the process answers), <c>/health/ready</c> and <c>/ready</c> (it can serve), <c>/alive</c> (Aspire's name
/// for liveness). Open to anybody: probes carry no keys.
/// </summary>
internal static class HealthApi
{
    /// <summary>A service that is stopping takes no new work, however well everything is.</summary>
    private static readonly HealthReport Stopping = new(
        new Dictionary<string, HealthReportEntry>
        {
            ["shutdown"] = new(HealthStatus.Unhealthy, "The service is stopping.", TimeSpan.Zero, exception: null, data: null),
        },
        TimeSpan.Zero);

    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        var documents = routes.ServiceProvider.GetRequiredService<HealthDocuments>();
        var checks = routes.ServiceProvider.GetRequiredService<HealthCheckService>();
        var stopping = routes.ServiceProvider.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        MapOpen(routes, "/health", context => WriteAsync(context, StatusCodes.Status200OK, documents.Basic()));
        MapOpen(routes, "/health/live", context => WriteAsync(context, StatusCodes.Status200OK, documents.Live()));
        MapOpen(routes, "/alive", context => WriteAsync(context, StatusCodes.Status200OK, documents.Live()));
        MapOpen(routes, "/health/ready", ReadyAsync);
        MapOpen(routes, "/ready", ReadyAsync);

        async Task ReadyAsync(HttpContext context)
        {
            var report = stopping.IsCancellationRequested ? Stopping : await checks.CheckHealthAsync(context.RequestAborted);
            var status = report.Status == HealthStatus.Unhealthy ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
            await WriteAsync(context, status, documents.Ready(report));
        }
    }

    private static void MapOpen(IEndpointRouteBuilder routes, string path, RequestDelegate handler) =>
        routes.MapGet(path, handler).WithMetadata(new AllowAnonymousAttribute());

    private static async Task WriteAsync(HttpContext context, int status, byte[] document)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = document.Length;
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.BodyWriter.WriteAsync(document);
    }
}
