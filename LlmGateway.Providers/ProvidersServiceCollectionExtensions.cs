using LlmGateway.Core.Providers;
using LlmGateway.Providers.Anthropic;
using LlmGateway.Providers.Bedrock;
using LlmGateway.Providers.BedrockProxy;
using LlmGateway.Providers.Ollama;
using LlmGateway.Providers.OpenAI;
using Microsoft.Extensions.DependencyInjection;

namespace LlmGateway.Providers;

public static class ProvidersServiceCollectionExtensions
{
    /// <summary>Every wire dialect this build knows.</summary>
    public static IServiceCollection AddProviderDialects(this IServiceCollection services)
    {
        services.AddSingleton<IModelProviderFactory, OpenAIProviderFactory>();
        services.AddSingleton<IModelProviderFactory, OllamaProviderFactory>();
        services.AddSingleton<IModelProviderFactory, AnthropicProviderFactory>();
        services.AddSingleton<IModelProviderFactory, BedrockProviderFactory>();
        services.AddSingleton<IModelProviderFactory, BedrockProxyProviderFactory>();
        return services;
    }
}
