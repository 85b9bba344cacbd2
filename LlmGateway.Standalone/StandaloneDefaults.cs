using Microsoft.Extensions.Configuration.Json;

namespace LlmGateway.Standalone;

/// <summary>What a newcomer would otherwise have to configure: an address, a key, a place for settings.</summary>
internal static class StandaloneDefaults
{
    private const string Url = "http://127.0.0.1:8080";

    /// <summary>Settings of one's own, looked for in the folder the gateway is started from.</summary>
    private const string SettingsFile = "llm-gateway.json";

    public static void AddStandaloneDefaults(this WebApplicationBuilder builder)
    {
        builder.AddSettingsFile();
        if (string.IsNullOrEmpty(builder.Configuration[WebHostDefaults.ServerUrlsKey]) && !builder.Configuration.GetSection("Kestrel:Endpoints").Exists())
        {
            builder.WebHost.UseUrls(Url);
        }

        if (builder.Configuration.GetSection("Authentication:Keys").Exists()
            || builder.Configuration.GetSection("LLM_GATEWAY:Authentication:Keys").Exists())
        {
            return;
        }

        var file = ApiKeyFile.Open(builder.Configuration["Standalone:DataDirectory"]);
        builder.Configuration["Authentication:Keys:standalone:Key"] = file.Key;
        builder.Services.AddSingleton(file);
    }

    /// <summary>Stronger than the settings that come with the program, weaker than environment and command line.</summary>
    private static void AddSettingsFile(this WebApplicationBuilder builder)
    {
        var sources = builder.Configuration.Sources;
        var lastFile = sources.Select((source, index) => (source, index)).LastOrDefault(s => s.source is JsonConfigurationSource).index;
        var own = new JsonConfigurationSource
        {
            Path = Path.Combine(Environment.CurrentDirectory, SettingsFile),
            Optional = true,
            ReloadOnChange = true,
        };
        own.ResolveFileProvider();
        sources.Insert(lastFile + 1, own);
    }
}
