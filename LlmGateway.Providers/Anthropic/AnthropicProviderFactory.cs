using LlmGateway.Core.Providers;
using LlmGateway.Providers.Http;

namespace LlmGateway.Providers.Anthropic;

internal sealed class AnthropicProviderFactory(TimeProvider time) : IModelProviderFactory
{
    /// <summary>The version of the API that this dialect is written for (source: Anthropic's documentation, "Versions").</summary>
    private const string ApiVersion = "2023-06-01";

    public string Type => AnthropicProvider.TypeName;

    public IModelProvider Create(string name, ProviderOptions options)
    {
        var headers = new Dictionary<string, string> { ["anthropic-version"] = ApiVersion };
        if (!string.IsNullOrEmpty(options.ApiKey))
        {
            headers["x-api-key"] = options.ApiKey;
        }

        return new AnthropicProvider(new UpstreamClient(name, options, time, headers), options);
    }
}
