using LlmGateway.AppHost.Settings;

namespace LlmGateway.AppHost.Models;

/// <summary>A parameter that a provider needs, and the environment variable by which services know it.</summary>
internal sealed record ProviderKey(string Variable, IResourceBuilder<ParameterResource> Parameter);

internal static class ProviderKeys
{
    private static readonly (string Setting, string Parameter, string Variable, bool Secret, string Description)[] Known =
    [
        ("Providers:OpenAI", "openai-api-key", "OPENAI_API_KEY", true,
            "API key of OpenAI, from [platform.openai.com](https://platform.openai.com/api-keys)."),
        ("Providers:Anthropic", "anthropic-api-key", "ANTHROPIC_API_KEY", true,
            "API key of Anthropic, from [platform.claude.com](https://platform.claude.com/settings/keys)."),
        ("Providers:Grok", "grok-api-key", "GROK_API_KEY", true,
            "API key of xAI, from [console.x.ai](https://console.x.ai)."),
        ("Providers:Bedrock", "bedrock-api-key", "AWS_BEARER_TOKEN_BEDROCK", true,
            "Bedrock API key, from the console of [Amazon Bedrock](https://console.aws.amazon.com/bedrock)."),
        ("Providers:Bedrock", "aws-region", "AWS_REGION", false,
            "Region of Amazon Bedrock, such as `eu-central-1`."),
    ];

    /// <summary>
    /// The parameters of every provider whose setting is true, such as <c>Providers:OpenAI</c>. Only of those: a parameter
    /// without a value holds back every service that uses it.
    /// </summary>
    public static IReadOnlyList<ProviderKey> AddProviderKeys(this IDistributedApplicationBuilder builder) =>
        [.. Known.Where(provider => builder.Configuration.IsOn(provider.Setting))
            .Select(provider => new ProviderKey(
                provider.Variable,
                builder.AddParameter(provider.Parameter, provider.Secret).WithDescription(provider.Description, enableMarkdown: true)))];

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
