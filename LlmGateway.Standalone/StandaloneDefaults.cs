using LlmGateway.Core.Pipeline;
using LlmGateway.ServiceDefaults.Hosting;
using LlmGateway.ServiceDefaults.Infrastructure;
using LlmGateway.Settings.Files;
using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.Configuration.Memory;

namespace LlmGateway.Standalone;

/// <summary>What a newcomer would otherwise have to configure: an address, a key, a place for settings.</summary>
internal static class StandaloneDefaults
{
    private const string Loopback = "127.0.0.1";
    private const string Url = "http://127.0.0.1:8080";

    /// <summary>Settings of one's own, looked for in the folder the gateway is started from.</summary>
    private const string SettingsFile = "llm-gateway.json";

    /// <summary>Where settings come from, and an address where none is configured.</summary>
    public static WebApplicationBuilder AddStandaloneSettings(this WebApplicationBuilder builder)
    {
        builder.AddWeakestSettings();
        builder.AddSettingsFile();
        return builder.UseWellKnownAddress(Loopback).UseDefaultAddress(Url);
    }

    /// <summary>A key where none is configured.</summary>
    public static void AddStandaloneKey(this WebApplicationBuilder builder)
    {
        if (builder.Configuration.GetSection("Authentication:Keys").Exists())
        {
            return;
        }

        var file = ApiKeyFile.Open(builder.Configuration[$"{StandaloneOptions.Section}:{nameof(StandaloneOptions.DataDirectory)}"]);
        builder.Configuration["Authentication:Keys:standalone:Key"] = file.Key;
        // The only key of a gateway on one's own machine: it opens everything.
        builder.Configuration["Authentication:Keys:standalone:Roles:0"] = CallerRoles.User;
        builder.Configuration["Authentication:Keys:standalone:Roles:1"] = CallerRoles.Admin;
        builder.Services.AddSingleton(file);
    }

    /// <summary>One's own machine has no servers; a connection string that is set is used all the same.</summary>
    private static void AddWeakestSettings(this WebApplicationBuilder builder) =>
        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource
        {
            InitialData = [new($"{InfrastructureOptions.Section}:{nameof(InfrastructureOptions.AllowInMemory)}", "true")],
        });

    /// <summary>Stronger than the settings that come with the program, weaker than environment and command line.</summary>
    private static void AddSettingsFile(this WebApplicationBuilder builder)
    {
        var sources = builder.Configuration.Sources;
        var lastFile = sources.Select((source, index) => (source, index)).LastOrDefault(s => s.source is JsonConfigurationSource or SettingsFileSource).index;
        sources.Insert(lastFile + 1, new SettingsFileSource(Path.Combine(Environment.CurrentDirectory, SettingsFile), isOptional: true, isWatched: true));
    }
}
