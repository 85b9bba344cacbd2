using LlmGateway.Contracts.Fleet;
using LlmGateway.Core.Providers;
using LlmGateway.Core.Resilience;
using LlmGateway.Core.Routing;
using LlmGateway.Core.Sensitivity;
using LlmGateway.Core.Usage;
using LlmGateway.Settings.Reload;
using LlmGateway.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LlmGateway.Core.Pipeline;

public static class GatewayServiceCollectionExtensions
{
    /// <summary>
    /// The spine. Reads <c>Providers</c> and <c>Aliases</c> from <paramref name="configuration"/>; dialects are added beside it as
    /// <see cref="IModelProviderFactory"/>. The stages below stand in the order in which a request meets them.
    /// </summary>
    public static IServiceCollection AddGateway(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(TimeProvider.System);

        services.AddSingleton<IGatewayStage, UsageStage>();
        services.AddSensitivity(configuration);

        services.TryAddSingleton<FleetState>();
        services.AddSingleton<GatewayPipeline>();
        services.AddProviders(configuration);
        services.AddRouting(configuration);
        return services;
    }

    private static void AddProviders(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<ProvidersOptions>(configuration, "", options => options.NameModels());
        services.AddSingleton<IPostConfigureOptions<ProvidersOptions>, DefaultAddresses>();
        services.AddSingleton<IValidateOptions<ProvidersOptions>, ProvidersOptionsValidator>();
        services.AddSingleton<CatalogueBuilder>();
        services.AddSingleton<TargetRegistry>();
        services.AddSingleton(provider => new ModelDirectory(
            provider.GetRequiredService<CatalogueBuilder>().Build(provider.GetRequiredService<IOptions<ProvidersOptions>>().Value),
            provider.GetRequiredService<TargetRegistry>(),
            provider.GetRequiredService<TimeProvider>()));
        services.AddHostedService<ModelDiscovery>();
        services.AddHealthChecks().AddCheck<ProvidersHealthCheck>(ProvidersHealthCheck.Name);
        services.AddHostedService<FleetFollower>();
    }

    private static void AddRouting(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<RoutingOptions>(configuration, "Routing");
        services.AddSingleton<IValidateOptions<RoutingOptions>, RoutingOptionsValidator>();
        services.AddSingleton(provider => new RoutingState(provider.GetRequiredService<IOptions<RoutingOptions>>().Value));
        services.AddSingleton(provider => new RoutePlanner(provider.GetRequiredService<FleetState>(), Random.Shared));
        services.AddSingleton(provider => new Router(
            provider.GetRequiredService<ModelDirectory>(),
            provider.GetRequiredService<RoutingState>(),
            provider.GetRequiredService<RoutePlanner>(),
            provider.GetRequiredService<TimeProvider>(),
            Random.Shared,
            provider.GetRequiredService<SensitivityPolicy>(),
            provider.GetService<ILogger<Router>>()));
        services.AddHostedService<CatalogueReloader>();
        services.AddHealthChecks().AddCheck<SettingsHealthCheck>(SettingsHealthCheck.Name, tags: ["ready"]);
    }
}
