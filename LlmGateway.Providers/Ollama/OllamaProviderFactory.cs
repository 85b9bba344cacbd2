using LlmGateway.Core.Providers;
using LlmGateway.Providers.Http;
using Microsoft.Extensions.Logging;

namespace LlmGateway.Providers.Ollama;

internal sealed class OllamaProviderFactory(TimeProvider time, ILoggerFactory logs) : IModelProviderFactory
{
    public string Type => OllamaProvider.TypeName;

    public IModelProvider Create(string name, ProviderOptions options) =>
        new OllamaProvider(new UpstreamClient(name, options, time, [], CredentialRing.Bearer(name, options, time, logs)), options);
}
