using LlmGateway.ModelManager.Nodes;
using LlmGateway.ServiceDefaults;
using LlmGateway.ServiceDefaults.Fleet;
using LlmGateway.ServiceDefaults.Hosting;
using LlmGateway.ServiceDefaults.Infrastructure;
using LlmGateway.ServiceDefaults.Messaging;
using LlmGateway.Settings;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace LlmGateway.ModelManager.Hosting;

public static class ModelManagerExtensions
{
    private const string DefaultAddress = "http://127.0.0.1:3009";

    /// <summary>The model manager as a service of its own.</summary>
    public static WebApplicationBuilder AddModelManager(this WebApplicationBuilder builder)
    {
        builder.AddPrefixedEnvironment();
        WellKnownSettings.AddNodes(builder.Configuration);
        builder.ResolveServiceNames("Nodes");
        builder.AddServiceDefaults();
        builder.AddWorkerIdentity();
        builder.RequireConnections(Connections.Redis, Connections.Broker);
        builder.AddFleet("model-manager");
        builder.AddGatewayBus();
        builder.AddNodes();
        builder.UseDefaultAddress(DefaultAddress);
        return builder;
    }

    public static WebApplication MapModelManager(this WebApplication app)
    {
        // All mistakes of the configuration at once.
        app.Services.GetRequiredService<IStartupValidator>().Validate();
        app.UseServiceDefaults();
        app.MapServiceDefaults();
        return app;
    }

    /// <summary>
    /// Follows the configured nodes: an <see cref="IFleetSource"/>, events, metrics and a health check, for any host that has called
    /// <c>AddGatewayBus</c>.
    /// </summary>
    public static IHostApplicationBuilder AddNodes(this IHostApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        var services = builder.Services;
        services.AddSettings<ModelManagerOptions>(configuration, ModelManagerOptions.Section);
        services.AddSettings<NodesOptions>(configuration, "");
        services.AddSingleton<IValidateOptions<NodesOptions>, NodesOptionsValidator>();
        services.TryAddSingleton<LoggedModelEvents>();
        services.TryAddSingleton<IModelEvents, PublishedModelEvents>();
        services.AddSingleton<NodeFleet>();
        services.AddSingleton<NodeMetrics>();
        services.AddSingleton<IFleetSource>(provider => provider.GetRequiredService<NodeFleet>());
        services.AddHostedService(provider =>
        {
            // Nobody asks for the instruments; they are there from the first look on.
            provider.GetRequiredService<NodeMetrics>();
            return provider.GetRequiredService<NodeFleet>();
        });
        services.AddHealthChecks().AddCheck<NodesHealthCheck>("nodes");
        return builder;
    }
}
