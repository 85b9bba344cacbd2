using LlmGateway.Simulator.Anthropic;
using LlmGateway.Simulator.Bedrock;
using LlmGateway.Simulator.Control;
using LlmGateway.Simulator.Ollama;
using LlmGateway.Simulator.OpenAI;
using LlmGateway.Simulator.Wire;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

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

    /// <summary>Takes ready options, for hosts that embed the Simulator.</summary>
    public static IServiceCollection AddSimulator(this IServiceCollection services, SimulatorOptions options)
    {
        services.TryAddSingleton(Options.Create(options));
        return services.AddSimulator(static _ => { });
    }

    public static IServiceCollection AddSimulator(this IServiceCollection services, Action<SimulatorOptions> configure)
    {
        services.AddOptions<SimulatorOptions>().Configure(configure)
            .Validate(o => o.EffectiveModels.All(m => !string.IsNullOrWhiteSpace(m.Name)), "Simulator:Models: every model needs a Name.")
            .Validate(o => o.RecordedRequests >= 0, "Simulator:RecordedRequests must not be negative.")
            .Validate(o => o.AwsAccessKeys.All(k => !string.IsNullOrWhiteSpace(k.Value)), "Simulator:AwsAccessKeys: every access key needs its secret.")
            .ValidateOnStart();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<SimulatorState>();
        services.TryAddSingleton<ExchangeFactory>();
        return services;
    }

    /// <summary>
    /// Lifts limits that a model server does not have (slow readers and slow uploads are part of what is simulated), and
    /// makes a flush wait until the kernel has the bytes: a connection cut after a flush has then sent all that was flushed.
    /// </summary>
    public static IWebHostBuilder UseSimulatorKestrel(this IWebHostBuilder builder) => builder
        .UseSockets(static sockets => sockets.MaxWriteBufferSize = 2)
        .ConfigureKestrel(static options =>
        {
            options.AddServerHeader = false;
            options.Limits.MaxRequestBodySize = null;
            options.Limits.MinRequestBodyDataRate = null;
            options.Limits.MinResponseDataRate = null;
        });

    /// <summary>Maps every wire protocol and the control endpoints.</summary>
    public static IEndpointRouteBuilder MapSimulator(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var factory = endpoints.ServiceProvider.GetRequiredService<ExchangeFactory>();
        endpoints.MapOpenAI(factory);
        endpoints.MapAnthropic(factory);
        endpoints.MapOllama(factory);
        endpoints.MapBedrock(factory);
        endpoints.MapControl(endpoints.ServiceProvider.GetRequiredService<SimulatorState>());
        return endpoints;
    }
}
