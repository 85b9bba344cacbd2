using System.Collections;
using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace LlmGateway.Settings.Reading;

/// <summary>
/// Reads a section of the configuration into an options object. What cannot be read is left as it is and told as a mistake: a name
/// that is no setting, a value of the wrong type, a text where a list belongs. .NET's own binder skips most of these without a word.
/// </summary>
public static class SettingsReader
{
    /// <summary>Reads what can be read.</summary>
    public static void Read(IConfiguration configuration, string section, object options) => Read(configuration, section, options, []);

    /// <summary>A new object with what can be read of a section.</summary>
    public static T Get<T>(IConfiguration configuration, string section)
        where T : new()
    {
        var options = new T();
        Read(configuration, section, options);
        return options;
    }

    /// <summary>Reads what can be read, and adds what cannot to <paramref name="mistakes"/>.</summary>
    /// <param name="configuration">The root.</param>
    /// <param name="section">The section's path; empty for an object whose properties are sections.</param>
    /// <param name="options">Where the values go.</param>
    /// <param name="mistakes">What is wrong.</param>
    /// <param name="alsoKnown">Further names within the section, which somebody else reads.</param>
    internal static void Read(IConfiguration configuration, string section, object options, List<string> mistakes, IReadOnlyCollection<string>? alsoKnown = null)
    {
        var pass = new Pass(configuration, mistakes);
        if (section.Length == 0)
        {
            foreach (var property in Properties(options.GetType()))
            {
                pass.ReadProperty(configuration.GetSection(property.Name), property, options);
            }
        }
        else
        {
            pass.ReadObject(configuration.GetSection(section), options, alsoKnown ?? []);
        }
    }

    internal static IEnumerable<PropertyInfo> Properties(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p.GetIndexParameters().Length == 0 && (p.SetMethod is { IsPublic: true } || !SettingValue.IsScalar(p.PropertyType)));

    internal static bool IsDictionary(Type type, out Type item) => IsGeneric(type, typeof(Dictionary<,>), 1, out item);

    internal static bool IsList(Type type, out Type item) => IsGeneric(type, typeof(List<>), 0, out item);

    private static bool IsGeneric(Type type, Type definition, int argument, out Type item)
    {
        var matches = type.IsGenericType && type.GetGenericTypeDefinition() == definition;
        item = matches ? type.GetGenericArguments()[argument] : typeof(void);
        return matches;
    }

    /// <summary>One walk through a section.</summary>
    private sealed class Pass(IConfiguration root, List<string> mistakes)
    {
        public void ReadProperty(IConfigurationSection section, PropertyInfo property, object options)
        {
            if (!section.Exists())
            {
                return;
            }

            var isSecret = property.IsDefined(typeof(SecretAttribute));
            var type = property.PropertyType;
            if (SettingValue.IsScalar(type))
            {
                if (TryReadScalar(section, type, isSecret, out var value))
                {
                    property.SetValue(options, value);
                }
            }
            else if (IsList(type, out var item))
            {
                ReadList(section, (IList)property.GetValue(options)!, item, isSecret, property.IsDefined(typeof(OneOrManyAttribute)));
            }
            else if (IsDictionary(type, out item))
            {
                ReadDictionary(section, (IDictionary)property.GetValue(options)!, item, isSecret);
            }
            else
            {
                var inner = property.GetValue(options);
                if (inner is null)
                {
                    inner = Activator.CreateInstance(type)!;
                    property.SetValue(options, inner);
                }

                ReadObject(section, inner, []);
            }
        }

        public void ReadObject(IConfigurationSection section, object options, IReadOnlyCollection<string> alsoKnown, Func<string, string>? explain = null)
        {
            if (ReadShortForm(section, options))
            {
                return;
            }

            var properties = Properties(options.GetType()).ToDictionary(p => p.Name, StringComparer.OrdinalIgnoreCase);
            if (section.Value is not null)
            {
                Tell(section.Path, $"is no object; it must be one with settings such as {string.Join(", ", properties.Keys.Take(3))}");
                return;
            }

            foreach (var child in section.GetChildren())
            {
                if (properties.TryGetValue(child.Key, out var property))
                {
                    ReadProperty(child, property, options);
                }
                else if (!alsoKnown.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
                {
                    var near = NearName.Find(child.Key, properties.Keys.Concat(alsoKnown));
                    Tell(child.Path, $"is not a setting{(near is null ? explain?.Invoke(child.Key) : $"; did you mean {section.Path}:{near}?")}");
                }
            }
        }

        /// <summary>A text or a list that stands for the whole object.</summary>
        private bool ReadShortForm(IConfigurationSection section, object options)
        {
            if (options.GetType().GetCustomAttribute<ShortFormAttribute>() is not { } form
                || (section.Value is null && !section.GetChildren().All(c => IsNumber(c.Key))))
            {
                return false;
            }

            ReadProperty(section, options.GetType().GetProperty(form.Property)!, options);
            return true;
        }

        private void ReadList(IConfigurationSection section, IList list, Type item, bool isSecret, bool isOneOrMany)
        {
            if (section.Value is { } single)
            {
                if (isOneOrMany)
                {
                    list.Add(single);
                }
                else if (single.Length > 0)
                {
                    Tell(section.Path, $"{Is(single, isSecret)}; it must be a list, such as [ {Quoted(single, item, isSecret)} ] (environment: {section.Key}__0)");
                }

                return;
            }

            foreach (var child in section.GetChildren())
            {
                if (!IsNumber(child.Key))
                {
                    Tell(child.Path, $"is not a setting; {section.Path} must be a list");
                }
                else if (!SettingValue.IsScalar(item))
                {
                    var entry = Activator.CreateInstance(item)!;
                    ReadObject(child, entry, []);
                    list.Add(entry);
                }
                else if (TryReadScalar(child, item, isSecret, out var value))
                {
                    list.Add(value);
                }
            }
        }

        private void ReadDictionary(IConfigurationSection section, IDictionary entries, Type item, bool isSecret)
        {
            if (section.Value is not null)
            {
                Tell(section.Path, "is no object; it must be one with an entry for each name");
                return;
            }

            var children = section.GetChildren().ToArray();
            var hasNames = item.GetProperty("Name") is not null;
            if (!hasNames && children.Length > 0 && children.All(c => IsNumber(c.Key)) && IsInFile(section.Path))
            {
                Tell(section.Path, "is a list; it must be an object with an entry for each name");
                return;
            }

            foreach (var child in children)
            {
                if (SettingValue.IsScalar(item))
                {
                    if (TryReadScalar(child, item, isSecret, out var value))
                    {
                        entries[child.Key] = value;
                    }
                }
                else if (IsList(item, out var inner))
                {
                    var list = (IList)Activator.CreateInstance(item)!;
                    ReadList(child, list, inner, isSecret, isOneOrMany: false);
                    entries[child.Key] = list;
                }
                else
                {
                    var entry = Activator.CreateInstance(item)!;
                    ReadObject(child, entry, [], hasNames ? name => SplitName(section.Key, child.Key, name) : null);
                    entries[child.Key] = entry;
                }
            }
        }

        private bool TryReadScalar(IConfigurationSection section, Type type, bool isSecret, out object? value)
        {
            value = null;
            if (section.GetChildren().Any())
            {
                Tell(section.Path, $"is a list or an object; it must be {SettingValue.Wanted(type)}");
                return false;
            }

            if (section.Value is not { } text)
            {
                Tell(section.Path, $"is empty; it must be {SettingValue.Wanted(type)}");
                return false;
            }

            if (SettingValue.TryRead(text, type, out value))
            {
                return true;
            }

            Tell(section.Path, $"{Is(text, isSecret)}; it must be {SettingValue.Wanted(type)}");
            return false;
        }

        private bool IsInFile(string path) =>
            SettingOrigin.Providers(root).LastOrDefault(p => p.GetChildKeys([], path).Any()) is { } provider && SettingOrigin.File(provider) is not null;

        private void Tell(string path, string what) =>
            mistakes.Add($"{path} {what}{(SettingOrigin.Find(root, path) is { } origin ? $" ({origin})" : "")}.");

        private static string Is(string text, bool isSecret) => isSecret ? "has a value of the wrong type" : $"is '{text}'";

        private static string Quoted(string text, Type item, bool isSecret) => isSecret ? "…" : item == typeof(string) ? $"\"{text}\"" : text;

        private static string SplitName(string list, string entry, string name) =>
            $". If the model is called '{entry}:{name}', write a list: \"{list}\": [ {{ \"Name\": \"{entry}:{name}\" }} ]";

        private static bool IsNumber(string key) => int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out _);
    }
}
