using LlmGateway.AppHost.Settings;

namespace LlmGateway.AppHost.Models;

/// <summary>A provider's API key as a secret parameter, and the environment variable by which services know it.</summary>
internal sealed record ProviderKey(string Variable, IResourceBuilder<ParameterResource> Parameter);

internal static class ProviderKeys
{
    private static readonly (string Setting, string Parameter, string Variable)[] Known =
    [
        ("Providers:OpenAI", "openai-api-key", "OPENAI_API_KEY"),
        ("Providers:Anthropic", "anthropic-api-key", "ANTHROPIC_API_KEY"),
    ];

    /// <summary>
    /// A parameter for every provider whose setting is true, such as <c>Providers:OpenAI</c>. Only for those: a parameter
    /// without a value holds back every service that uses it.
    /// </summary>
    public static IReadOnlyList<ProviderKey> AddProviderKeys(this IDistributedApplicationBuilder builder) =>
        [.. Known.Where(provider => builder.Configuration.IsOn(provider.Setting))
            .Select(provider => new ProviderKey(provider.Variable, builder.AddParameter(provider.Parameter, secret: true)))];

    public static IResourceBuilder<T> WithProviderKeys<T>(this IResourceBuilder<T> service, IReadOnlyList<ProviderKey> keys)
        where T : IResourceWithEnvironment
    {
        foreach (var key in keys)
        {
            service.WithEnvironment(key.Variable, key.Parameter);
        }

        return service;
    }
}
