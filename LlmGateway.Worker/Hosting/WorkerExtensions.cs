using LlmGateway.Core.Pipeline;
using LlmGateway.Data;
using LlmGateway.Providers;
using LlmGateway.ServiceDefaults;
using LlmGateway.ServiceDefaults.Fleet;
using LlmGateway.ServiceDefaults.Hosting;
using LlmGateway.ServiceDefaults.Infrastructure;
using LlmGateway.ServiceDefaults.Messaging;
using LlmGateway.Worker.Telemetry;
using Microsoft.Extensions.Options;

namespace LlmGateway.Worker.Hosting;

public static class WorkerExtensions
{
    private const string DefaultAddress = "http://127.0.0.1:3008";

    /// <summary>The worker as a service of its own: the same spine as the Api, without its edge.</summary>
    public static WebApplicationBuilder AddWorker(this WebApplicationBuilder builder)
    {
        builder.AddPrefixedEnvironment();
        WellKnownSettings.AddProviders(builder.Configuration);
        WellKnownSettings.AddRouting(builder.Configuration);
        builder.ResolveServiceNames("Providers");
        builder.AddServiceDefaults();
        builder.AddWorkerIdentity();
        builder.RequireConnections(Connections.Redis, Connections.Database, Connections.Broker);
        builder.AddFleet("worker");
        builder.AddGatewayBus();
        if (builder.HasConnection(Connections.Database))
        {
            builder.AddGatewayData();
        }

        builder.Services.AddGateway(builder.Configuration).AddProviderDialects();
        builder.Services.AddSingleton<WorkerMetrics>();
        builder.UseDefaultAddress(DefaultAddress);
        return builder;
    }

    public static WebApplication MapWorker(this WebApplication app)
    {
        // All mistakes of the configuration at once.
        app.Services.GetRequiredService<IStartupValidator>().Validate();
        // Nobody asks for the instruments; they are there from the start.
        app.Services.GetRequiredService<WorkerMetrics>();
        app.UseServiceDefaults();
        app.MapServiceDefaults();
        return app;
    }
}
