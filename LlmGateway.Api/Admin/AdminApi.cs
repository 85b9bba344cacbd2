using LlmGateway.Api.Admin.Queues;
using LlmGateway.Api.Authentication;
using LlmGateway.Core.Pipeline;

namespace LlmGateway.Api.Admin;

/// <summary>What operators ask: everything under <c>/admin</c>.</summary>
internal static class AdminApi
{
    public static void MapAdmin(this IEndpointRouteBuilder routes)
    {
        var admin = routes.MapGroup("/admin").RequireRole(CallerRoles.Admin);
        var explain = routes.ServiceProvider.GetRequiredService<ExplainEndpoint>();
        var circuits = routes.ServiceProvider.GetRequiredService<CircuitsEndpoint>();
        admin.MapGet("/fleet", FleetEndpoint.GetAsync);
        admin.MapPost("/routing/explain", explain.HandleAsync);
        admin.MapGet("/circuits", circuits.ListAsync);
        admin.MapPost("/circuits/reset", circuits.ResetAsync);
        admin.MapQueues();
    }
}
