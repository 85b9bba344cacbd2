using LlmGateway.Settings.Files;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.CommandLine;
using Microsoft.Extensions.Configuration.EnvironmentVariables;
using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.Configuration.Memory;

namespace LlmGateway.Settings.Reading;

/// <summary>Where the value of a setting comes from: a file, the environment, the command line.</summary>
public static class SettingOrigin
{
    /// <summary>In words for people; null when it cannot be told.</summary>
    public static string? Find(IConfiguration configuration, string path)
    {
        foreach (var provider in Providers(configuration).Reverse())
        {
            if (provider.TryGet(path, out _) || provider.GetChildKeys([], path).Any())
            {
                return Describe(provider, path);
            }
        }

        return null;
    }

    /// <summary>Every provider, weakest first, those of chained configurations included.</summary>
    internal static IEnumerable<IConfigurationProvider> Providers(IConfiguration configuration) =>
        configuration is IConfigurationRoot root
            ? root.Providers.SelectMany(p => p is ChainedConfigurationProvider chained ? Providers(chained.Configuration) : [p])
            : [];

    /// <summary>The file itself, where the provider reads one.</summary>
    internal static string? File(IConfigurationProvider provider) => provider switch
    {
        SettingsFileProvider own => own.FileName,
        JsonConfigurationProvider json => Path.GetFileName(json.Source.Path),
        _ => null,
    };

    private static string? Describe(IConfigurationProvider provider, string path) => provider switch
    {
        _ when File(provider) is { } file => file,
        PrefixedEnvironmentProvider prefixed => $"environment variable {prefixed.Prefix}{Variable(path)}",
        EnvironmentVariablesConfigurationProvider => $"environment variable {Variable(path)}",
        CommandLineConfigurationProvider => "command line",
        WellKnownProvider => "well-known variable",
        MemoryConfigurationProvider => "the program",
        _ => null,
    };

    private static string Variable(string path) => path.Replace(":", "__", StringComparison.Ordinal);
}
