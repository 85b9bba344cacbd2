using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;

namespace LlmGateway.TestSupport;

/// <summary>docs/configuration.md beside the options classes that it describes.</summary>
public static partial class ConfigurationDocs
{
    /// <summary>Every setting of the options classes with its default, as the document has to write it.</summary>
    /// <param name="sections">Where each class stands in the configuration; a class of settings within another has its own entry.</param>
    public static IEnumerable<(string Setting, string Default)> Options(IReadOnlyCollection<(string Prefix, Type Type)> sections) =>
        from section in sections
        let defaults = Activator.CreateInstance(section.Type)
        from property in section.Type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
        where !sections.Any(s => s.Type == property.PropertyType)
        select (section.Prefix + property.Name, Text(property.GetValue(defaults)));

    /// <summary>The rows of the document's tables of settings.</summary>
    public static IEnumerable<(string Setting, string Default)> Rows()
    {
        var document = File.ReadAllText(Path.Combine(Repository.Root, "docs", "configuration.md")).ReplaceLineEndings("\n");
        return Row().Matches(document).Select(m => (m.Groups[1].Value, m.Groups[2].Value.Trim('`')));
    }

    private static string Text(object? value) => value switch
    {
        null => "none",
        "" => "required",
        bool flag => flag ? "true" : "false",
        ICollection { Count: 0 } => "empty",
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };

    [GeneratedRegex(@"^\| `([A-Za-z0-9:]+)` \| ([^|]+?) \| [^|]+\|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
