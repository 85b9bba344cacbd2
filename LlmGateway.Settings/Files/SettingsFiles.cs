using LlmGateway.Settings.Reading;
using Microsoft.Extensions.Configuration;

namespace LlmGateway.Settings.Files;

/// <summary>Settings that a process cannot start with.</summary>
public sealed class SettingsException(IReadOnlyList<string> mistakes) : Exception(string.Join(Environment.NewLine, mistakes))
{
    public IReadOnlyList<string> Mistakes { get; } = mistakes;
}

/// <summary>The files among the sources of a configuration.</summary>
public static class SettingsFiles
{
    /// <summary>Files whose values are not in force because they cannot be read.</summary>
    public static IEnumerable<string> Faults(IConfiguration configuration) =>
        SettingOrigin.Providers(configuration).OfType<SettingsFileProvider>().Select(p => p.Fault).OfType<string>();

    /// <summary>Without the values of a file, everything else that might be said about the settings misleads.</summary>
    public static void ThrowOnFaults(IConfiguration configuration)
    {
        if (Faults(configuration).ToArray() is { Length: > 0 } faults)
        {
            throw new SettingsException(faults);
        }
    }
}
