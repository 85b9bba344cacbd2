using System.Text.Json;
using LlmGateway.Api.Errors;
using LlmGateway.Contracts.Fleet;
using LlmGateway.Core.Errors;
using LlmGateway.ServiceDefaults.Fleet;

namespace LlmGateway.Api.Admin;

/// <summary><c>GET /admin/fleet</c>: services, model servers and machines as this replica sees them.</summary>
internal static class FleetEndpoint
{
    private static readonly GatewayError Away = new(
        GatewayErrorCode.DependencyUnavailable, "The state of the fleet cannot be read: Redis does not answer.") { RetryAfter = TimeSpan.FromSeconds(2) };

    public static async Task GetAsync(HttpContext context)
    {
        var health = context.RequestServices.GetRequiredService<FleetHealth>();
        if (!health.IsAvailable || health.ObservedAt is not { } observed)
        {
            await ErrorResponse.WriteAsync(context, Away);
            return;
        }

        var view = context.RequestServices.GetRequiredService<FleetState>().Current;
        var body = JsonSerializer.SerializeToUtf8Bytes(
            new FleetDocument(observed, view.Services, view.Nodes, view.Hosts), FleetDocumentJson.Default.FleetDocument);
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.BodyWriter.WriteAsync(body);
    }
}
