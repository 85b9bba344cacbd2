using LlmGateway.ServiceDefaults.Hosting;
using LlmGateway.Simulator;

namespace LlmGateway.Standalone;

/// <summary>Finds models for a gateway that nobody configured: a running Ollama, else the Simulator in this process.</summary>
internal static class StandaloneModels
{
    private const string DefaultOllamaUrl = "http://localhost:11434";

    /// <summary>Where nothing listens the answer is there at once; this is for a machine that is busy.</summary>
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(5);

    /// <summary>The Simulator when it was needed; it lives as long as the gateway.</summary>
    public static async Task<SimulatorServer?> AddModelsAsync(this WebApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        var url = WellKnownSettings.OllamaAddress(configuration) ?? DefaultOllamaUrl;
        var hasOllama = await AnswersAsync(url);
        if (hasOllama)
        {
            configuration["OLLAMA_BASE_URL"] = url;
        }

        if (hasOllama || HasProviders(configuration))
        {
            return null;
        }

        var simulator = await SimulatorServer.StartAsync();
        configuration["Providers:simulator:Type"] = "openai";
        configuration["Providers:simulator:BaseUrl"] = new Uri(simulator.BaseAddress, "v1").ToString();
        configuration["Providers:simulator:Simulated"] = "true";
        return simulator;
    }

    private static bool HasProviders(ConfigurationManager configuration) =>
        configuration.GetSection("Providers").GetChildren().Any()
        || configuration.GetSection("LLM_GATEWAY:Providers").GetChildren().Any()
        || WellKnownSettings.NameAServer(configuration);

    private static async Task<bool> AnswersAsync(string url)
    {
        if (!Uri.TryCreate(url.TrimEnd('/') + "/api/version", UriKind.Absolute, out var version))
        {
            return false;
        }

        try
        {
            using var http = new HttpClient { Timeout = ProbeTimeout };
            using var answer = await http.GetAsync(version);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or NotSupportedException)
        {
            return false;
        }
    }
}
