using System.Data.Common;

namespace LlmGateway.Api.Hosting;

/// <summary>
/// Providers by the names that developers and Aspire already set: <c>OLLAMA_BASE_URL</c>, <c>OPENAI_API_KEY</c>,
/// <c>OPENAI_BASE_URL</c> and the connection string <c>ollama</c>. The weakest source of all: a <c>Providers</c> entry of the same
/// name wins field by field.
/// </summary>
internal static class WellKnownSettings
{
    private const string OpenAIBaseUrl = "https://api.openai.com/v1";

    public static void Add(ConfigurationManager configuration)
    {
        var settings = new Dictionary<string, string?>();
        if (OllamaUrl(configuration) is { } ollama)
        {
            settings["Providers:ollama:Type"] = "ollama";
            settings["Providers:ollama:BaseUrl"] = ollama;
        }

        if (configuration["OPENAI_API_KEY"] is { Length: > 0 } key)
        {
            settings["Providers:openai:Type"] = "openai";
            settings["Providers:openai:BaseUrl"] = configuration["OPENAI_BASE_URL"] is { Length: > 0 } url ? url : OpenAIBaseUrl;
            settings["Providers:openai:ApiKey"] = key;
        }

        configuration.Sources.Insert(0, new Microsoft.Extensions.Configuration.Memory.MemoryConfigurationSource { InitialData = settings });
    }

    /// <summary>Aspire's form is <c>Endpoint=http://host:port;Model=name</c>.</summary>
    private static string? OllamaUrl(ConfigurationManager configuration)
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
