using LlmGateway.Core.Providers;
using LlmGateway.Core.Sensitivity;
using LlmGateway.Providers.Http;
using Microsoft.Extensions.Logging;

namespace LlmGateway.Providers.BedrockProxy;

internal sealed class BedrockProxyProviderFactory(TimeProvider time, ILoggerFactory logs) : IModelProviderFactory
{
    public string Type => BedrockProxyProvider.TypeName;

    /// <summary>As Bedrock itself, which is behind it.</summary>
    public SecurityLevel DefaultSecurity => SecurityLevel.High;

    /// <summary>The address is the whole one; nothing is put behind it.</summary>
    public IModelProvider Create(string name, ProviderOptions options)
    {
        var address = new Uri(options.BaseUrl);
        var root = new ProviderOptions { BaseUrl = address.GetLeftPart(UriPartial.Authority), ApiKey = options.ApiKey, Credentials = options.Credentials, Timeouts = options.Timeouts };
        root.ApiKeys.AddRange(options.ApiKeys);
        foreach (var (header, value) in options.Headers)
        {
            root.Headers[header] = value;
        }

        return new BedrockProxyProvider(new UpstreamClient(name, root, time, [], CredentialRing.Bearer(name, root, time, logs)), address.AbsolutePath.TrimStart('/'));
    }
}
