using System.Data.Common;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;

namespace LlmGateway.ServiceDefaults.Hosting;

/// <summary>
/// Model servers by the names that developers and Aspire already set: <c>OLLAMA_BASE_URL</c>, <c>OPENAI_API_KEY</c>,
/// <c>OPENAI_BASE_URL</c>, <c>ANTHROPIC_API_KEY</c>, <c>ANTHROPIC_BASE_URL</c> and the connection string <c>ollama</c>; what is
/// sensitive by <c>SENSITIVE_KEYWORDS</c> and <c>SENSITIVITY_THRESHOLD</c>, and who may see it by <c>SECURE_ONLY_MODELS</c>. The weakest source of all: an entry of the same name under
/// <c>Providers</c>, <c>Nodes</c> or <c>Sensitivity</c> wins field by field.
/// </summary>
public static class WellKnownSettings
{
    private const string OpenAIBaseUrl = "https://api.openai.com/v1";
    private const string AnthropicBaseUrl = "https://api.anthropic.com";

    /// <summary>As entries of <c>Providers</c>, and of <c>Sensitivity</c>.</summary>
    public static void AddProviders(IConfigurationManager configuration)
    {
        var settings = new Dictionary<string, string?>();
        if (OllamaUrl(configuration) is { } ollama)
        {
            settings["Providers:ollama:Type"] = "ollama";
            settings["Providers:ollama:BaseUrl"] = ollama;
        }

        AddKeyed(configuration, settings, "openai", "OPENAI", OpenAIBaseUrl);
        AddKeyed(configuration, settings, "anthropic", "ANTHROPIC", AnthropicBaseUrl);
        AddSensitivity(configuration, settings);
        AddSecurityLevels(configuration, settings);
        Insert(configuration, settings);
    }

    /// <summary>The Ollama server as an entry of <c>Nodes</c>.</summary>
    public static void AddNodes(IConfigurationManager configuration)
    {
        if (OllamaUrl(configuration) is { } ollama)
        {
            Insert(configuration, new Dictionary<string, string?> { ["Nodes:ollama:BaseUrl"] = ollama });
        }
    }

    /// <summary>A provider that is there once its key is, at the address that its own tools use.</summary>
    private static void AddKeyed(IConfigurationManager configuration, Dictionary<string, string?> settings, string type, string prefix, string baseUrl)
    {
        if (configuration[prefix + "_API_KEY"] is not { Length: > 0 } key)
        {
            return;
        }

        settings[$"Providers:{type}:Type"] = type;
        settings[$"Providers:{type}:BaseUrl"] = configuration[prefix + "_BASE_URL"] is { Length: > 0 } url ? url : baseUrl;
        settings[$"Providers:{type}:ApiKey"] = key;
    }

    /// <summary>
    /// <c>SENSITIVE_KEYWORDS</c> (separated by commas) and <c>SENSITIVITY_THRESHOLD</c> say what is sensitive, and so that somebody wants
    /// it looked for.
    /// </summary>
    private static void AddSensitivity(IConfigurationManager configuration, Dictionary<string, string?> settings)
    {
        var keywords = configuration["SENSITIVE_KEYWORDS"]?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];
        var threshold = configuration["SENSITIVITY_THRESHOLD"];
        if (keywords.Length == 0 && string.IsNullOrEmpty(threshold))
        {
            return;
        }

        settings["Sensitivity:Enabled"] = "true";
        if (!string.IsNullOrEmpty(threshold))
        {
            settings["Sensitivity:Threshold"] = threshold;
        }

        // Lists of two sources would be mixed entry by entry; the stronger one is to stand alone.
        var isConfigured = configuration.GetSection("Sensitivity:Keywords").GetChildren().Any();
        for (var i = 0; i < keywords.Length && !isConfigured; i++)
        {
            settings[$"Sensitivity:Keywords:{i}"] = keywords[i];
        }
    }

    /// <summary><c>SECURE_ONLY_MODELS</c>: the providers, by name or type, that may see sensitive content. A name without a provider says nothing.</summary>
    private static void AddSecurityLevels(IConfigurationManager configuration, Dictionary<string, string?> settings)
    {
        var secure = configuration["SECURE_ONLY_MODELS"]?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];
        var types = configuration.GetSection("Providers").GetChildren().Select(p => (Name: p.Key, Type: p["Type"])).ToList();
        types.AddRange(settings.Where(s => s.Key.EndsWith(":Type", StringComparison.Ordinal)).Select(s => (s.Key.Split(':')[1], s.Value)));
        foreach (var (name, type) in types)
        {
            if (secure.Contains(name, StringComparer.OrdinalIgnoreCase) || secure.Contains(type, StringComparer.OrdinalIgnoreCase))
            {
                settings[$"Providers:{name}:SecurityLevel"] = "high";
            }
        }
    }

    private static void Insert(IConfigurationManager configuration, Dictionary<string, string?> settings) =>
        configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = settings });

    /// <summary>Aspire's form is <c>Endpoint=http://host:port;Model=name</c>.</summary>
    private static string? OllamaUrl(IConfigurationManager configuration)
    {
        if (configuration["OLLAMA_BASE_URL"] is { Length: > 0 } url)
        {
            return url;
        }

        if (configuration.GetConnectionString("ollama") is not { Length: > 0 } connection)
        {
            return null;
        }

        var parts = new DbConnectionStringBuilder { ConnectionString = connection };
        return parts.TryGetValue("Endpoint", out var endpoint) ? (string)endpoint : null;
    }
}
