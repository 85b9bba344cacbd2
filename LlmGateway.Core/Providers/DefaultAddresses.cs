using Microsoft.Extensions.Options;

namespace LlmGateway.Core.Providers;

/// <summary>Fills in the address of providers that are always in the same place.</summary>
internal sealed class DefaultAddresses(IEnumerable<IModelProviderFactory> factories) : IPostConfigureOptions<ProvidersOptions>
{
    public void PostConfigure(string? name, ProvidersOptions options)
    {
        foreach (var provider in options.Providers.Values.Where(p => string.IsNullOrEmpty(p.BaseUrl) && p.Endpoints.Count == 0))
        {
            var factory = factories.FirstOrDefault(f => f.Type.Equals(provider.Type, StringComparison.OrdinalIgnoreCase));
            provider.BaseUrl = factory?.DefaultBaseUrl(provider) ?? "";
        }
    }
}
