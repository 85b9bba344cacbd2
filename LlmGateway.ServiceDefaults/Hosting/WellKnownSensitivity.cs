using LlmGateway.Settings.Reading;
using Microsoft.Extensions.Configuration;

namespace LlmGateway.ServiceDefaults.Hosting;

/// <summary>
/// What is sensitive by <c>SENSITIVE_KEYWORDS</c> and <c>SENSITIVITY_THRESHOLD</c>, and who may see it by <c>SECURE_ONLY_MODELS</c>. As
/// weak as all well-known names: entries under <c>Sensitivity</c> and <c>Providers</c> win.
/// </summary>
internal static class WellKnownSensitivity
{
    /// <summary>Call when all well-known providers have been added.</summary>
    public static void Add(IConfigurationManager configuration)
    {
        var settings = new Dictionary<string, string?>();
        AddSensitivity(configuration, settings);
        AddSecurityLevels(configuration, settings);
        configuration.Sources.Insert(0, new WellKnownSource(settings));
    }

    /// <summary>Who says what is sensitive wants it looked for.</summary>
    private static void AddSensitivity(IConfigurationManager configuration, Dictionary<string, string?> settings)
    {
        var keywords = List(configuration["SENSITIVE_KEYWORDS"]);
        var threshold = configuration["SENSITIVITY_THRESHOLD"];
        if (keywords.Length == 0 && string.IsNullOrWhiteSpace(threshold))
        {
            return;
        }

        settings["Sensitivity:Enabled"] = "true";
        if (!string.IsNullOrWhiteSpace(threshold))
        {
            settings["Sensitivity:Threshold"] = threshold;
        }

        // Lists of two sources would be mixed entry by entry; the stronger one is to stand alone.
        var isConfigured = configuration.GetSection("Sensitivity:Keywords").GetChildren().Any();
        for (var i = 0; i < keywords.Length && !isConfigured; i++)
        {
            settings[$"Sensitivity:Keywords:{i}"] = keywords[i];
        }
    }

    /// <summary>Providers by name or type. A name without a provider says nothing.</summary>
    private static void AddSecurityLevels(IConfigurationManager configuration, Dictionary<string, string?> settings)
    {
        var secure = List(configuration["SECURE_ONLY_MODELS"]);
        foreach (var provider in configuration.GetSection("Providers").GetChildren())
        {
            if (secure.Contains(provider.Key, StringComparer.OrdinalIgnoreCase) || secure.Contains(provider["Type"], StringComparer.OrdinalIgnoreCase))
            {
                settings[$"Providers:{provider.Key}:SecurityLevel"] = "high";
            }
        }
    }

    private static string[] List(string? value) =>
        value?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];
}
