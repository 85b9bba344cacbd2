using LlmGateway.Core.Providers;
using LlmGateway.Providers.Anthropic;
using LlmGateway.Providers.Bedrock;
using LlmGateway.Providers.BedrockProxy;
using LlmGateway.Providers.Ollama;
using LlmGateway.Providers.OpenAI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LlmGateway.Providers;

public static class ProvidersServiceCollectionExtensions
{
    /// <summary>Every wire dialect this build knows.</summary>
    public static IServiceCollection AddProviderDialects(this IServiceCollection services)
    {
        foreach (var (profile, type) in OpenAIProfile.All.SelectMany(p => p.Types, (p, type) => (p, type)))
        {
            services.AddSingleton<IModelProviderFactory>(host => new OpenAIProviderFactory(
                profile, type, host.GetRequiredService<TimeProvider>(), host.GetRequiredService<ILoggerFactory>()));
        }

        services.AddSingleton<IModelProviderFactory, OllamaProviderFactory>();
        services.AddSingleton<IModelProviderFactory, AnthropicProviderFactory>();
        services.AddSingleton<IModelProviderFactory, BedrockProviderFactory>();
        services.AddSingleton<IModelProviderFactory, BedrockProxyProviderFactory>();
        return services;
    }
}
