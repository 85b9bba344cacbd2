using LlmGateway.Core.Providers;
using LlmGateway.Providers.Http;

namespace LlmGateway.Providers.Ollama;

internal sealed class OllamaProviderFactory(TimeProvider time) : IModelProviderFactory
{
    public string Type => OllamaProvider.TypeName;

    public IModelProvider Create(string name, ProviderOptions options) => new OllamaProvider(new UpstreamClient(name, options, time), options);
}
