using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace LlmGateway.ServiceDefaults.Hosting;

/// <summary>
/// Service discovery: an address such as <c>http://vllm/v1</c> or <c>https+http://vllm/v1</c> means the service of that name, whose
/// endpoints stand under <c>services:{name}:{scheme}:{index}</c>, where Aspire's <c>WithReference</c> puts them.
/// </summary>
public static class ServiceNames
{
    /// <summary>Lets every client of the client factory use service names.</summary>
    internal static void AddServiceNames(this IHostApplicationBuilder builder)
    {
        builder.Services.AddServiceDiscovery();
        builder.Services.ConfigureHttpClientDefaults(client => client.AddServiceDiscovery());
    }

    /// <summary>
    /// Replaces service names in the setting <c>BaseUrl</c> of every entry of <paramref name="section"/> by their first endpoint. Once,
    /// at start: calls to models go past the client factory and shall not look anything up.
    /// </summary>
    public static IHostApplicationBuilder ResolveServiceNames(this IHostApplicationBuilder builder, string section)
    {
        var found = new Dictionary<string, string?>();
        foreach (var entry in builder.Configuration.GetSection(section).GetChildren())
        {
            if (entry["BaseUrl"] is { } address && Resolve(builder.Configuration, address) is { } endpoint)
            {
                found[$"{entry.Path}:BaseUrl"] = endpoint;
            }
        }

        if (found.Count > 0)
        {
            builder.Configuration.AddInMemoryCollection(found);
        }

        return builder;
    }

    /// <summary>The address with the service's endpoint in place of its name; null when it names no service.</summary>
    internal static string? Resolve(IConfiguration configuration, string address)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri))
        {
            return null;
        }

        // "https+http" means: https when the service has it, else http.
        foreach (var scheme in uri.Scheme.Split('+'))
        {
            var endpoint = configuration.GetSection($"services:{uri.Host}:{scheme}").GetChildren().Select(e => e.Value).FirstOrDefault(e => !string.IsNullOrWhiteSpace(e));
            if (endpoint is not null
                && Uri.TryCreate(endpoint.Contains("://", StringComparison.Ordinal) ? endpoint : $"{scheme}://{endpoint}", UriKind.Absolute, out var target))
            {
                return new UriBuilder(uri) { Scheme = target.Scheme, Host = target.Host, Port = target.Port }.Uri.ToString();
            }
        }

        return null;
    }
}
