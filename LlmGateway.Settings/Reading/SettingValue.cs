using System.Globalization;

namespace LlmGateway.Settings.Reading;

/// <summary>Single values: what can be read, and what to say of a text that cannot.</summary>
internal static class SettingValue
{
    public static bool IsScalar(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type == typeof(string) || type == typeof(bool) || type == typeof(int) || type == typeof(long) || type == typeof(double)
            || type == typeof(decimal) || type == typeof(TimeSpan) || type.IsEnum;
    }

    /// <summary>Reads <paramref name="text"/> as <paramref name="type"/>; an empty text is no value where the setting may have none.</summary>
    public static bool TryRead(string text, Type type, out object? value)
    {
        if (type == typeof(string))
        {
            value = text;
            return true;
        }

        var inner = Nullable.GetUnderlyingType(type);
        text = text.Trim();
        value = null;
        return (inner is not null && text.Length == 0) || TryReadPresent(text, inner ?? type, out value);
    }

    /// <summary>What a value of this type has to be.</summary>
    public static string Wanted(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type switch
        {
            _ when type == typeof(bool) => "true or false",
            _ when type == typeof(int) || type == typeof(long) => "a whole number",
            _ when type == typeof(double) || type == typeof(decimal) => "a number",
            _ when type == typeof(TimeSpan) => "a duration as hh:mm:ss, such as 00:00:30",
            _ when type.IsEnum => $"one of: {string.Join(", ", Enum.GetNames(type))}",
            _ => "a text",
        };
    }

    private static bool TryReadPresent(string text, Type type, out object? value)
    {
        var culture = CultureInfo.InvariantCulture;
        (var good, value) = type switch
        {
            _ when type == typeof(bool) => (bool.TryParse(text, out var v), (object?)v),
            _ when type == typeof(int) => (int.TryParse(text, NumberStyles.Integer, culture, out var v), v),
            _ when type == typeof(long) => (long.TryParse(text, NumberStyles.Integer, culture, out var v), v),
            _ when type == typeof(double) => (double.TryParse(text, NumberStyles.Float, culture, out var v), v),
            _ when type == typeof(decimal) => (decimal.TryParse(text, NumberStyles.Float, culture, out var v), v),
            // .NET reads "300" as 300 days, which nobody means.
            _ when type == typeof(TimeSpan) => (TimeSpan.TryParse(text, culture, out var v) && (text.Contains(':') || v == TimeSpan.Zero), v),
            _ => (Enum.TryParse(type, text, ignoreCase: true, out var v) && !char.IsAsciiDigit(text[0]) && text[0] != '-' && Enum.IsDefined(type, v!), v),
        };
        return good;
    }
}
