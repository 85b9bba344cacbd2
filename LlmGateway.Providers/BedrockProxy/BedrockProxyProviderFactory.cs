using LlmGateway.Core.Providers;
using LlmGateway.Providers.Http;

namespace LlmGateway.Providers.BedrockProxy;

internal sealed class BedrockProxyProviderFactory(TimeProvider time) : IModelProviderFactory
{
    public string Type => BedrockProxyProvider.TypeName;

    /// <summary>The address is the whole one; nothing is put behind it.</summary>
    public IModelProvider Create(string name, ProviderOptions options)
    {
        var address = new Uri(options.BaseUrl);
        var root = new ProviderOptions { BaseUrl = address.GetLeftPart(UriPartial.Authority), ApiKey = options.ApiKey, Timeouts = options.Timeouts };
        foreach (var (header, value) in options.Headers)
        {
            root.Headers[header] = value;
        }

        return new BedrockProxyProvider(new UpstreamClient(name, root, time), address.AbsolutePath.TrimStart('/'));
    }
}
