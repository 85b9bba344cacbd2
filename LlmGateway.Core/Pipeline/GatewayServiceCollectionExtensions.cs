using LlmGateway.Contracts.Fleet;
using LlmGateway.Core.Providers;
using LlmGateway.Core.Routing;
using LlmGateway.Core.Sensitivity;
using LlmGateway.Core.Usage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
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
        services.AddSingleton<Router>();
        services.AddSingleton<GatewayPipeline>();
        services.AddProviders(configuration);
        return services;
    }

    private static void AddProviders(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<ProvidersOptions>()
            .Configure(options =>
            {
                configuration.GetSection("Providers").Bind(options.Providers);
                configuration.GetSection("Aliases").Bind(options.Aliases);
                options.NameModels();
            })
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<ProvidersOptions>, ProvidersOptionsValidator>();
        services.AddSingleton<IValidateOptions<ProvidersOptions>>(new ModelKeysValidator(configuration.GetSection("Providers")));
        services.AddSingleton(provider =>
        {
            var options = provider.GetRequiredService<IOptions<ProvidersOptions>>().Value;
            var factories = provider.GetServices<IModelProviderFactory>().ToDictionary(f => f.Type, StringComparer.OrdinalIgnoreCase);
            return new ModelDirectory(
                [.. options.Providers.Select(p => (factories[p.Value.Type].Create(p.Key, p.Value), p.Value))],
                options.Aliases,
                provider.GetRequiredService<TimeProvider>());
        });
        services.AddHostedService<ModelDiscovery>();
        services.AddHealthChecks().AddCheck<ProvidersHealthCheck>(ProvidersHealthCheck.Name);
        services.AddHostedService<FleetFollower>();
    }
}
