using System.Collections;
using System.Globalization;
using System.Reflection;
using LlmGateway.Settings.Reading;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace LlmGateway.Settings.Commands;

/// <summary>Every setting that this process reads with the value in force and where it comes from. Secrets are masked.</summary>
public static class EffectiveSettings
{
    private const string Masked = "***";
    private const string Connections = "ConnectionStrings";

    /// <summary>One line for each setting, as <c>Path = value (origin)</c>.</summary>
    public static IEnumerable<string> Lines(IConfiguration configuration, IServiceProvider services)
    {
        foreach (var connection in configuration.GetSection(Connections).GetChildren().Where(c => !string.IsNullOrWhiteSpace(c.Value)))
        {
            yield return Line(configuration, connection.Path, Masked);
        }

        foreach (var section in services.GetServices<Section>().OrderBy(s => s.Path, StringComparer.Ordinal))
        {
            foreach (var line in Lines(configuration, section.Path, Options(configuration, section, services)))
            {
                yield return line;
            }
        }
    }

    /// <summary>With what is filled in at start, where the section is good.</summary>
    private static object Options(IConfiguration configuration, Section section, IServiceProvider services)
    {
        try
        {
            return section.Create(services);
        }
        catch (OptionsValidationException)
        {
            var options = Activator.CreateInstance(section.Type)!;
            SettingsReader.Read(configuration, section.Path, options);
            return options;
        }
    }

    private static IEnumerable<string> Lines(IConfiguration configuration, string path, object options) =>
        SettingsReader.Properties(options.GetType()).SelectMany(property => Lines(
            configuration,
            path.Length == 0 ? property.Name : $"{path}:{property.Name}",
            property.GetValue(options),
            property.IsDefined(typeof(SecretAttribute))));

    private static IEnumerable<string> Lines(IConfiguration configuration, string path, object? value, bool isSecret) => value switch
    {
        null => [Line(configuration, path, "none")],
        ICollection { Count: 0 } => [Line(configuration, path, "empty")],
        IDictionary entries => entries.Keys.Cast<object>().SelectMany(key => Lines(configuration, $"{path}:{key}", entries[key], isSecret)),
        IList list => Enumerable.Range(0, list.Count).SelectMany(
            i => Lines(configuration, string.Create(CultureInfo.InvariantCulture, $"{path}:{i}"), list[i], isSecret)),
        _ when SettingValue.IsScalar(value.GetType()) =>
            [Line(configuration, path, isSecret ? Masked : Convert.ToString(value, CultureInfo.InvariantCulture)!)],
        _ => Lines(configuration, path, value),
    };

    private static string Line(IConfiguration configuration, string path, string value) => $"{path} = {value}  ({Origin(configuration, path) ?? "default"})";

    /// <summary>A text may stand for a whole object, as with an alias.</summary>
    private static string? Origin(IConfiguration configuration, string path)
    {
        if (SettingOrigin.Find(configuration, path) is { } origin)
        {
            return origin;
        }

        for (var end = path.LastIndexOf(':'); end > 0; end = path.LastIndexOf(':', end - 1))
        {
            if (!string.IsNullOrEmpty(configuration[path[..end]]))
            {
                return SettingOrigin.Find(configuration, path[..end]);
            }
        }

        return null;
    }
}
