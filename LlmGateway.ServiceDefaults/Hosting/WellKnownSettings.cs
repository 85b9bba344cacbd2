using System.Data.Common;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;

namespace LlmGateway.ServiceDefaults.Hosting;

/// <summary>
/// Model servers by the names that developers and Aspire already set: <c>OLLAMA_BASE_URL</c>, <c>OPENAI_API_KEY</c>,
/// <c>OPENAI_BASE_URL</c>, <c>ANTHROPIC_API_KEY</c>, <c>ANTHROPIC_BASE_URL</c> and the connection string <c>ollama</c>; and how requests
/// find them: <c>ENABLE_MODEL_FALLBACK</c>, <c>FALLBACK_MODELS</c>, <c>ENABLE_CIRCUIT_BREAKER</c>. The weakest source of all: an entry of
/// the same name under <c>Providers</c>, <c>Nodes</c> or <c>Routing</c> wins field by field.
/// </summary>
public static class WellKnownSettings
{
    private const string OpenAIBaseUrl = "https://api.openai.com/v1";
    private const string AnthropicBaseUrl = "https://api.anthropic.com";
    private const string FallbacksOfAll = "Routing:Fallbacks:*";

    /// <summary>As entries of <c>Providers</c>.</summary>
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

    /// <summary>As entries of <c>Routing</c>. Models for every other one to fall back to are a list, and a list that is configured stays as it is.</summary>
    public static void AddRouting(IConfigurationManager configuration)
    {
        var settings = new Dictionary<string, string?>();
        AddSwitch(configuration, settings, "ENABLE_MODEL_FALLBACK", "Routing:EnableFallbacks");
        AddSwitch(configuration, settings, "ENABLE_CIRCUIT_BREAKER", "Routing:CircuitBreaker:Enabled");
        if (configuration["FALLBACK_MODELS"] is { } models && !configuration.GetSection(FallbacksOfAll).Exists())
        {
            var names = models.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            for (var i = 0; i < names.Length; i++)
            {
                settings[string.Create(CultureInfo.InvariantCulture, $"{FallbacksOfAll}:{i}:Model")] = names[i];
            }
        }

        Insert(configuration, settings);
    }

    /// <summary>What .NET does not read as a switch is told at start, under the setting's own name.</summary>
    private static void AddSwitch(IConfigurationManager configuration, Dictionary<string, string?> settings, string name, string setting)
    {
        if (configuration[name] is { Length: > 0 } value)
        {
            settings[setting] = value switch
            {
                "1" => "true",
                "0" => "false",
                _ => value,
            };
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
