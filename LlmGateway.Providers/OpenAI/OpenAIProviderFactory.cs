using LlmGateway.Core.Providers;
using LlmGateway.Providers.Http;

namespace LlmGateway.Providers.OpenAI;

internal sealed class OpenAIProviderFactory(TimeProvider time) : IModelProviderFactory
{
    public string Type => OpenAIProvider.TypeName;

    public IModelProvider Create(string name, ProviderOptions options) => new OpenAIProvider(new UpstreamClient(name, options, time));
}
