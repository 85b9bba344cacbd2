using System.Data.Common;
using System.Globalization;
using LlmGateway.Settings.Reading;
using Microsoft.Extensions.Configuration;

namespace LlmGateway.ServiceDefaults.Hosting;

/// <summary>
/// Model servers by the names that developers and Aspire already set: addresses such as <c>OLLAMA_BASE_URL</c>, keys such as
/// <c>OPENAI_API_KEY</c> and the connection string <c>ollama</c>; and how requests find them: <c>ENABLE_MODEL_FALLBACK</c>,
/// <c>FALLBACK_MODELS</c>, <c>ENABLE_CIRCUIT_BREAKER</c>. The weakest source of all: an entry of the same name under <c>Providers</c>,
/// <c>Nodes</c> or <c>Routing</c> wins field by field.
/// </summary>
public static class WellKnownSettings
{
    private const string FallbacksOfAll = "Routing:Fallbacks:*";

    private static readonly string[] OllamaAddresses = ["OLLAMA_BASE_URL", "OLLAMA_ENDPOINT"];

    /// <summary>Servers that are there once their key is, or, where they ask for none, their address. Of several names the first wins.</summary>
    private static readonly WellKnownServer[] Servers =
    [
        new("openai", ["OPENAI_API_KEY", "LLM_GATEWAY_OPENAI_API_KEY"], ["OPENAI_BASE_URL"]),
        new("anthropic", ["ANTHROPIC_API_KEY", "LLM_GATEWAY_ANTHROPIC_API_KEY"], ["ANTHROPIC_BASE_URL"]),
        new("grok", ["GROK_API_KEY", "XAI_API_KEY"], ["GROK_BASE_URL", "XAI_BASE_URL"]),
        new("vllm", ["VLLM_API_KEY"], ["VLLM_BASE_URL", "VLLM_ENDPOINT", "VLLM_URL"]) { ApiPath = "/v1" },
    ];

    /// <summary>As entries of <c>Providers</c>.</summary>
    public static void AddProviders(IConfigurationManager configuration)
    {
        var settings = new Dictionary<string, string?>();
        if (OllamaUrl(configuration) is { } ollama)
        {
            settings["Providers:ollama:Type"] = "ollama";
            settings["Providers:ollama:BaseUrl"] = ollama;
        }

        foreach (var server in Servers.Where(s => s.IsNamed(configuration)))
        {
            settings[$"Providers:{server.Type}:Type"] = server.Type;
            if (server.Key(configuration) is { } key)
            {
                settings[$"Providers:{server.Type}:ApiKey"] = key;
            }

            if (server.Address(configuration) is { } address)
            {
                settings[$"Providers:{server.Type}:BaseUrl"] = address;
            }
        }

        WellKnownBedrock.Add(configuration, settings);
        KeepNamed(configuration, settings);
        Insert(configuration, settings);
        AddTimeouts(configuration);
        WellKnownSensitivity.Add(configuration);
    }

    /// <summary>Variables that name this gateway's own address, as its clients have them set: they make no provider.</summary>
    public static IEnumerable<string> Ignored(IConfiguration configuration) =>
        Servers.SelectMany(s => s.Addresses).Concat(OllamaAddresses).Where(name => OwnAddress.Is(configuration, configuration[name]));

    /// <summary><c>ALL_PROVIDERS</c> lists those that may be used; of what other variables make, the rest is left out.</summary>
    private static void KeepNamed(IConfiguration configuration, Dictionary<string, string?> settings)
    {
        var named = (configuration["ALL_PROVIDERS"] ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        foreach (var path in settings.Keys.Where(path => named.Length > 0 && !named.Contains(path.Split(':')[1], StringComparer.OrdinalIgnoreCase)).ToArray())
        {
            settings.Remove(path);
        }
    }

    /// <summary>In milliseconds, each for one provider; a provider that is not there gets none.</summary>
    private static void AddTimeouts(IConfigurationManager configuration)
    {
        var settings = new Dictionary<string, string?>();
        foreach (var (name, provider) in new[] { ("OLLAMA_TIMEOUT", "ollama"), ("TIMEOUT_MS", "vllm") })
        {
            if (configuration[name] is { Length: > 0 } value && configuration.GetSection($"Providers:{provider}").Exists())
            {
                settings[$"Providers:{provider}:Timeouts:Total"] = WellKnownJobs.Duration(value);
            }
        }

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

    /// <summary>Whether a server other than Ollama is named.</summary>
    public static bool NameAServer(IConfiguration configuration) => Servers.Any(s => s.IsNamed(configuration)) || WellKnownBedrock.IsNamed(configuration);

    /// <summary>As entries of <c>Routing</c>. Models for every other one to fall back to are a list, and a list that is configured stays as it is.</summary>
    public static void AddRouting(IConfigurationManager configuration)
    {
        var settings = new Dictionary<string, string?>();
        if (int.TryParse(configuration["OLLAMA_MAX_RETRIES"], NumberStyles.None, CultureInfo.InvariantCulture, out var retries))
        {
            settings["Routing:AttemptsPerTarget"] = (retries + 1).ToString(CultureInfo.InvariantCulture);
        }

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
    internal static void AddSwitch(IConfigurationManager configuration, Dictionary<string, string?> settings, string name, string setting)
    {
        if (configuration[name]?.Trim() is { Length: > 0 } value)
        {
            settings[setting] = value switch
            {
                "1" => "true",
                "0" => "false",
                _ => value,
            };
        }
    }

    /// <summary>Ollama's address as a variable names it; null when none does.</summary>
    public static string? OllamaAddress(IConfiguration configuration) =>
        First(configuration, OllamaAddresses) is { } address && !OwnAddress.Is(configuration, address) ? address : null;

    private static string? First(IConfiguration configuration, string[] names) =>
        names.Select(name => configuration[name]).FirstOrDefault(value => !string.IsNullOrWhiteSpace(value));

    private static void Insert(IConfigurationManager configuration, Dictionary<string, string?> settings) =>
        configuration.Sources.Insert(0, new WellKnownSource(settings));

    /// <summary>Aspire's form is <c>Endpoint=http://host:port;Model=name</c>.</summary>
    private static string? OllamaUrl(IConfigurationManager configuration)
    {
        if (OllamaAddress(configuration) is { } url)
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

    /// <summary>A server and the variables that name it.</summary>
    /// <param name="Type">Its type, and its name among the providers.</param>
    /// <param name="Keys">Variables of its key.</param>
    /// <param name="Addresses">Variables of its address.</param>
    private sealed record WellKnownServer(string Type, string[] Keys, string[] Addresses)
    {
        /// <summary>Where its API is at an address without a path; null for a server that is at a fixed address and asks for a key.</summary>
        public string? ApiPath { get; init; }

        public bool IsNamed(IConfiguration configuration) =>
            (ApiPath is null ? Key(configuration) : Address(configuration)) is not null && !OwnAddress.Is(configuration, First(configuration, Addresses));

        public string? Key(IConfiguration configuration) => First(configuration, Keys);

        public string? Address(IConfiguration configuration)
        {
            var address = First(configuration, Addresses);
            return ApiPath is not null && Uri.TryCreate(address, UriKind.Absolute, out var url) && url.AbsolutePath == "/"
                ? address!.TrimEnd('/') + ApiPath
                : address;
        }
    }
}
