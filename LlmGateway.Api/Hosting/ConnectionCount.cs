using System.Diagnostics.Metrics;
using LlmGateway.Core.Telemetry;
using Microsoft.AspNetCore.Connections;

namespace LlmGateway.Api.Hosting;

/// <summary><c>llm_gateway.active_connections</c>: client connections that are open. Costs once per connection, not per request.</summary>
internal static class ConnectionCount
{
    private static readonly UpDownCounter<long> Active = GatewayTelemetry.Meter.CreateUpDownCounter<long>(
        "llm_gateway.active_connections", "{connection}", "Client connections that are open.");

    public static ConnectionDelegate Count(ConnectionDelegate next) => async connection =>
    {
        Active.Add(1);
        try
        {
            await next(connection);
        }
        finally
        {
            Active.Add(-1);
        }
    };
}
