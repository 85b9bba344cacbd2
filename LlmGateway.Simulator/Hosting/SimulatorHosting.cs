using LlmGateway.Simulator.Wire;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace LlmGateway.Simulator;

/// <summary>The Simulator as parts of a host: services and endpoints.</summary>
public static class SimulatorHosting
{
    /// <summary>Reads section <see cref="SimulatorOptions.SectionName"/>.</summary>
    public static IServiceCollection AddSimulator(this IServiceCollection services, IConfiguration configuration)
    {
        services.Configure<SimulatorOptions>(configuration.GetSection(SimulatorOptions.SectionName));
        return services.AddSimulator(static _ => { });
    }

    public static IServiceCollection AddSimulator(this IServiceCollection services, Action<SimulatorOptions> configure)
    {
        services.AddOptions<SimulatorOptions>().Configure(configure)
            .Validate(o => o.EffectiveModels.All(m => !string.IsNullOrWhiteSpace(m.Name)), "Simulator:Models: every model needs a Name.")
            .Validate(o => o.RecordedRequests >= 0, "Simulator:RecordedRequests must not be negative.")
            .ValidateOnStart();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<SimulatorState>();
        services.TryAddSingleton<ExchangeFactory>();
        return services;
    }

    /// <summary>Maps every wire protocol and the control endpoints.</summary>
    public static IEndpointRouteBuilder MapSimulator(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        return endpoints;
    }
}
