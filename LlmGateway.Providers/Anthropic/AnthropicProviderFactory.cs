using LlmGateway.Core.Providers;
using LlmGateway.Providers.Http;
using Microsoft.Extensions.Logging;

namespace LlmGateway.Providers.Anthropic;

internal sealed class AnthropicProviderFactory(TimeProvider time, ILoggerFactory logs) : IModelProviderFactory
{
    /// <summary>The version of the API that this dialect is written for (source: Anthropic's documentation, "Versions").</summary>
    private const string ApiVersion = "2023-06-01";

    public string Type => AnthropicProvider.TypeName;

    public string DefaultBaseUrl(ProviderOptions options) => "https://api.anthropic.com";

    public IModelProvider Create(string name, ProviderOptions options)
    {
        var headers = new Dictionary<string, string> { ["anthropic-version"] = ApiVersion };
        var credentials = CredentialRing.Create(name, options, "x-api-key", "", time, logs);
        return new AnthropicProvider(new UpstreamClient(name, options, time, headers, credentials, AnthropicErrors.Words), options);
    }
}
