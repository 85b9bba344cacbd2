using LlmGateway.Core.Providers;
using LlmGateway.Providers.Http;
using Microsoft.Extensions.Logging;

namespace LlmGateway.Providers.OpenAI;

internal sealed class OpenAIProviderFactory(TimeProvider time, ILoggerFactory logs) : IModelProviderFactory
{
    public string Type => OpenAIProvider.TypeName;

    public IModelProvider Create(string name, ProviderOptions options) =>
        new OpenAIProvider(new UpstreamClient(name, options, time, [], CredentialRing.Bearer(name, options, time, logs)));
}
