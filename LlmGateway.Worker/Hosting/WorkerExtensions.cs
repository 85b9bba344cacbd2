using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Usage;
using LlmGateway.Data;
using LlmGateway.Data.Audit;
using LlmGateway.Data.Jobs;
using LlmGateway.Providers;
using LlmGateway.ServiceDefaults;
using LlmGateway.ServiceDefaults.Fleet;
using LlmGateway.ServiceDefaults.Hosting;
using LlmGateway.ServiceDefaults.Infrastructure;
using LlmGateway.ServiceDefaults.Jobs;
using LlmGateway.ServiceDefaults.Messaging;
using LlmGateway.Worker.Jobs;
using LlmGateway.Worker.Telemetry;
using Microsoft.Extensions.DependencyInjection.Extensions;
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
        WellKnownJobs.Add(builder.Configuration);
        builder.ResolveServiceNames("Providers");
        builder.AddServiceDefaults();
        builder.AddWorkerIdentity();
        builder.RequireConnections(Connections.Redis, Connections.Database, Connections.Broker);
        builder.AddGatewayRedis();
        builder.AddFleet("worker");
        builder.AddJobs();
        builder.Services.AddGateway(builder.Configuration).AddProviderDialects();
        builder.Services.TryAddSingleton<WorkerMetrics>();
        builder.UseDefaultAddress(DefaultAddress);
        return builder;
    }

    /// <summary>Jobs need the database; without it the worker has nothing to do, as on a developer's machine that runs only parts of the system.</summary>
    private static void AddJobs(this IHostApplicationBuilder builder)
    {
        if (!builder.HasConnection(Connections.Database))
        {
            builder.AddGatewayBus();
            return;
        }

        builder.AddGatewayData();
        builder.Services.AddDatabaseJobs();
        builder.Services.AddSingleton<IRequestObserver, RoutingAudit>();
        builder.AddGatewayBus(bus => bus.AddJobConsumers(), (rabbit, context) => rabbit.ReceiveJobs(context));
        if (builder.HasConnection(Connections.Broker))
        {
            builder.Services.AddSingleton<IRequestObserver, EventRecorder>();
        }

        builder.AddJobEventLog();
        builder.AddJobHints();
        builder.AddJobProcessing();
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
