namespace LlmGateway.Providers.Bedrock;

/// <summary>Bedrock's hosts: one answers requests, another knows the models.</summary>
internal static class BedrockAddresses
{
    private const string RuntimePrefix = "bedrock-runtime.";
    private const string RuntimeFipsPrefix = "bedrock-runtime-fips.";

    /// <summary>Where a region's models answer.</summary>
    public static string Runtime(string region) => $"https://{RuntimePrefix}{region}.{Domain(region)}";

    /// <summary>Where the models are listed: beside AWS's own host, else at the same address, which then stands for both.</summary>
    public static string Control(string runtime)
    {
        if (!TryReadHost(runtime, out var url, out _))
        {
            return runtime;
        }

        var host = url.Host.StartsWith(RuntimePrefix, StringComparison.OrdinalIgnoreCase)
            ? "bedrock." + url.Host[RuntimePrefix.Length..]
            : "bedrock-fips." + url.Host[RuntimeFipsPrefix.Length..];
        return new UriBuilder(url) { Host = host }.Uri.ToString();
    }

    /// <summary>The region that the name of AWS's own host tells; null for other hosts.</summary>
    public static string? RegionOf(string runtime) => TryReadHost(runtime, out _, out var region) ? region : null;

    /// <summary>The domain that a region belongs to: China has one of its own.</summary>
    public static string Domain(string region) => region.StartsWith("cn-", StringComparison.Ordinal) ? "amazonaws.com.cn" : "amazonaws.com";

    private static bool TryReadHost(string runtime, out Uri url, out string region)
    {
        region = "";
        if (!Uri.TryCreate(runtime, UriKind.Absolute, out url!))
        {
            return false;
        }

        var prefix = url.Host.StartsWith(RuntimeFipsPrefix, StringComparison.OrdinalIgnoreCase) ? RuntimeFipsPrefix : RuntimePrefix;
        if (!url.Host.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var rest = url.Host[prefix.Length..].ToLowerInvariant();
        var end = rest.IndexOf('.', StringComparison.Ordinal);
        region = end > 0 ? rest[..end] : "";
        return end > 0 && rest[(end + 1)..] == Domain(region);
    }
}
