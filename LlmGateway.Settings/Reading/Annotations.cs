using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;

namespace LlmGateway.Settings.Reading;

/// <summary>The bounds that stand on the properties of an options class, told with path and value.</summary>
internal static class Annotations
{
    public static IEnumerable<string> Mistakes(string path, object options)
    {
        foreach (var property in SettingsReader.Properties(options.GetType()))
        {
            var value = property.GetValue(options);
            var own = path.Length == 0 ? property.Name : $"{path}:{property.Name}";
            foreach (var attribute in property.GetCustomAttributes<ValidationAttribute>(inherit: true).Where(a => !a.IsValid(value)))
            {
                yield return Describe(own, attribute, value);
            }

            foreach (var mistake in Inner(own, value))
            {
                yield return mistake;
            }
        }

        if (options is IValidatableObject validatable)
        {
            foreach (var result in validatable.Validate(new ValidationContext(options)).Where(r => r != ValidationResult.Success))
            {
                yield return result.ErrorMessage!;
            }
        }
    }

    private static IEnumerable<string> Inner(string path, object? value) => value switch
    {
        null or string or ValueType => [],
        IDictionary entries => entries.Keys.Cast<object>().SelectMany(key => Inner($"{path}:{key}", entries[key])),
        IList list => Enumerable.Range(0, list.Count).SelectMany(i => Inner(string.Create(CultureInfo.InvariantCulture, $"{path}:{i}"), list[i])),
        _ => Mistakes(path, value),
    };

    private static string Describe(string path, ValidationAttribute attribute, object? value) => attribute switch
    {
        RangeAttribute { ErrorMessage: null } range => string.Create(CultureInfo.InvariantCulture, $"{path} is {value}; it must be from {range.Minimum} to {range.Maximum}."),
        _ => attribute.FormatErrorMessage(path),
    };
}
