using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace LlmGateway.ServiceDefaults.Metrics;

/// <summary><c>GET /metrics</c>: every instrument in Prometheus's text format. Open to anybody: scrapers carry no keys.</summary>
internal static class MetricsApi
{
    public static void MapMetrics(this IEndpointRouteBuilder routes)
    {
        var exporter = routes.ServiceProvider.GetRequiredService<PrometheusExporter>();
        routes.MapGet("/metrics", (RequestDelegate)(async context =>
        {
            var text = await exporter.ScrapeAsync(context.RequestAborted);
            context.Response.ContentType = PrometheusWriter.ContentType;
            context.Response.ContentLength = text.Length;
            context.Response.Headers.CacheControl = "no-store";
            await context.Response.BodyWriter.WriteAsync(text, context.RequestAborted);
        })).WithMetadata(new AllowAnonymousAttribute());
    }
}
