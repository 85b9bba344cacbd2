using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace LlmGateway.AppHost.Settings;

/// <summary>Settings of the AppHost; a value that cannot be meant stops it with a message that names the setting.</summary>
internal static class SettingsExtensions
{
    /// <summary>A switch that is off unless set.</summary>
    public static bool IsOn(this IConfiguration configuration, string key) => configuration[key] switch
    {
        null or "" => false,
        var text when bool.TryParse(text, out var on) => on,
        var text => throw new DistributedApplicationException($"Setting {key} must be true or false, not '{text}'."),
    };

    /// <summary>A number of instances, at least 1.</summary>
    public static int GetCount(this IConfiguration configuration, string key, int otherwise) => configuration[key] switch
    {
        null or "" => otherwise,
        var text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0 => count,
        var text => throw new DistributedApplicationException($"Setting {key} must be a whole number of at least 1, not '{text}'."),
    };
}
