using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LlmGateway.ServiceDefaults.Health;

/// <summary>
/// <c>/health</c> and <c>/health/live</c> (the process answers), <c>/health/ready</c> (it can serve), <c>/alive</c> (Aspire's name
/// for liveness). Open to anybody: probes carry no keys.
/// </summary>
internal static class HealthApi
{
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        var documents = routes.ServiceProvider.GetRequiredService<HealthDocuments>();
        var checks = routes.ServiceProvider.GetRequiredService<HealthCheckService>();
        MapOpen(routes, "/health", context => WriteAsync(context, StatusCodes.Status200OK, documents.Basic()));
        MapOpen(routes, "/health/live", context => WriteAsync(context, StatusCodes.Status200OK, documents.Live()));
        MapOpen(routes, "/alive", context => WriteAsync(context, StatusCodes.Status200OK, documents.Live()));
        MapOpen(routes, "/health/ready", async context =>
        {
            var report = await checks.CheckHealthAsync(context.RequestAborted);
            var status = report.Status == HealthStatus.Unhealthy ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
            await WriteAsync(context, status, documents.Ready(report));
        });
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
