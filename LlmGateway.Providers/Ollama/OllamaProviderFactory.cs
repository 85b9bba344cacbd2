using LlmGateway.Core.Providers;
using LlmGateway.Providers.Http;
using Microsoft.Extensions.Logging;

namespace LlmGateway.Providers.Ollama;

internal sealed class OllamaProviderFactory(TimeProvider time, ILoggerFactory logs) : IModelProviderFactory
{
    public string Type => OllamaProvider.TypeName;

    public bool IsLocal => true;

    /// <summary>Where Ollama listens when nobody says otherwise.</summary>
    public string DefaultBaseUrl(ProviderOptions options) => "http://localhost:11434";

    /// <summary>Ollama's own cloud models, such as <c>gpt-oss:120b-cloud</c>: the server on this machine hands the prompt on.</summary>
    public bool RunsElsewhere(string model) => model.EndsWith("-cloud", StringComparison.OrdinalIgnoreCase) || model.EndsWith(":cloud", StringComparison.OrdinalIgnoreCase);

    public IModelProvider Create(string name, ProviderOptions options) =>
        new OllamaProvider(new UpstreamClient(name, options, time, [], CredentialRing.Bearer(name, options, time, logs)), options);
}
