using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Json;

namespace LlmGateway.Settings.Files;

/// <summary>A JSON file with settings, in place of .NET's own source, which forgets every value when the file cannot be read.</summary>
/// <param name="path">The file.</param>
/// <param name="isOptional">Whether it may be missing at start.</param>
/// <param name="isWatched">Whether changes of it are noticed.</param>
public sealed class SettingsFileSource(string path, bool isOptional, bool isWatched) : IConfigurationSource
{
    public string FilePath { get; } = path;

    public bool IsOptional { get; } = isOptional;

    public bool IsWatched { get; } = isWatched;

    public IConfigurationProvider Build(IConfigurationBuilder builder) => new SettingsFileProvider(this);

    /// <summary>Takes the place of every JSON file among the sources.</summary>
    public static void Replace(IConfigurationBuilder configuration)
    {
        for (var i = 0; i < configuration.Sources.Count; i++)
        {
            if (configuration.Sources[i] is JsonConfigurationSource { Path: { } relative } json && json.GetType() == typeof(JsonConfigurationSource))
            {
                json.ResolveFileProvider();
                json.EnsureDefaults(configuration);
                var path = json.FileProvider!.GetFileInfo(json.Path!).PhysicalPath ?? Path.GetFullPath(relative);
                configuration.Sources[i] = new SettingsFileSource(path, json.Optional, json.ReloadOnChange);
            }
        }
    }
}
