using Microsoft.Extensions.Configuration;

namespace LlmGateway.ServiceDefaults.Hosting;

/// <summary>
/// Bedrock by the names that are already set: <c>BEDROCK_ENDPOINT</c> for a proxy of one's own, else AWS's own variables. There the keys stay
/// in the environment, where the provider looks for them, and the address follows from the region.
/// </summary>
internal static class WellKnownBedrock
{
    /// <summary>What a proxy serves when nothing else is said.</summary>
    private const string ProxyModel = "anthropic.claude-3-sonnet-20240229-v1:0";

    /// <summary>A proxy, or a region with a key.</summary>
    public static bool IsNamed(IConfiguration configuration) =>
        Get(configuration, "BEDROCK_ENDPOINT") is not null
        || (Region(configuration) is not null && (Get(configuration, "AWS_BEARER_TOKEN_BEDROCK") ?? Get(configuration, "AWS_ACCESS_KEY_ID")) is not null);

    /// <summary>As entries of <c>Providers</c>.</summary>
    public static void Add(IConfiguration configuration, Dictionary<string, string?> settings)
    {
        if (Get(configuration, "BEDROCK_ENDPOINT") is { } proxy)
        {
            settings["Providers:bedrock:Type"] = "bedrock-proxy";
            settings["Providers:bedrock:BaseUrl"] = proxy;
            settings["Providers:bedrock:Models:default:Name"] = Get(configuration, "BEDROCK_MODEL") ?? ProxyModel;
        }
        else if (IsNamed(configuration))
        {
            settings["Providers:bedrock:Type"] = "bedrock";
            settings["Providers:bedrock:BaseUrl"] = Get(configuration, "AWS_ENDPOINT_URL_BEDROCK_RUNTIME");
            settings["Providers:bedrock:Aws:Region"] = Region(configuration);
        }
    }

    private static string? Region(IConfiguration configuration) => Get(configuration, "AWS_REGION") ?? Get(configuration, "AWS_DEFAULT_REGION");

    private static string? Get(IConfiguration configuration, string name) => configuration[name] is { Length: > 0 } value ? value : null;
}
