using System.Globalization;
using LlmGateway.Core.Errors;

namespace LlmGateway.Api.Files;

/// <summary>The fields of an upload beside the file, and what may stand in them.</summary>
internal sealed class UploadForm
{
    public const string File = "file";

    private const string Purpose = "purpose";
    private const string Anchor = "expires_after[anchor]";
    private const string Seconds = "expires_after[seconds]";
    private const int ShortestExpiry = 3600;
    private const int LongestExpiry = 2_592_000;
    private const int LongestFilename = 255;

    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    /// <summary>Takes a field in.</summary>
    public GatewayError? Add(string name, string value)
    {
        if (Check(name) is { } refused)
        {
            return refused;
        }

        _values[name] = value;
        return name switch
        {
            Purpose when value is not ("batch" or "user_data") => GatewayError.Invalid(
                Purpose, "invalid_value", "Invalid value for 'purpose': supported values are 'batch' and 'user_data'."),
            Anchor when value != "created_at" => GatewayError.Invalid(Anchor, "invalid_value", $"Invalid value for '{Anchor}': the only supported value is 'created_at'."),
            Seconds => CheckSeconds(value),
            _ => null,
        };
    }

    /// <summary>Whether a field of this name may come now.</summary>
    public GatewayError? Check(string name)
    {
        if (name is not (File or Purpose or Anchor or Seconds))
        {
            return GatewayError.Invalid(
                name, "unknown_parameter", $"Unknown form field '{name}'. The fields are 'file', 'purpose', '{Anchor}' and '{Seconds}'.");
        }

        return _values.ContainsKey(name) ? GatewayError.Invalid(name, "duplicate_parameter", $"The form field '{name}' stands twice.") : null;
    }

    /// <summary>What the file is for and when it expires, once all fields have come.</summary>
    public GatewayError? Finish(DateTimeOffset createdAt, TimeSpan? usualExpiry, out string purpose, out DateTimeOffset? expiresAt)
    {
        purpose = _values.GetValueOrDefault(Purpose, "");
        expiresAt = createdAt + usualExpiry;
        if (!_values.ContainsKey(File))
        {
            return Missing(File, "a file with its name");
        }

        if (purpose.Length == 0)
        {
            return Missing(Purpose, "'batch' or 'user_data'");
        }

        if (_values.ContainsKey(Anchor) != _values.ContainsKey(Seconds))
        {
            return _values.ContainsKey(Anchor) ? Missing(Seconds, "a whole number from 3600 to 2592000") : Missing(Anchor, "'created_at'");
        }

        if (_values.TryGetValue(Seconds, out var seconds))
        {
            expiresAt = createdAt.AddSeconds(int.Parse(seconds, CultureInfo.InvariantCulture));
        }

        return null;
    }

    /// <summary>A name that means the same to everybody who stores or shows it.</summary>
    public static GatewayError? CheckFilename(string filename)
    {
        var fault = filename switch
        {
            "" => "the part has no file name; send the file as a file",
            { Length: > LongestFilename } => "the file name is longer than 255 characters",
            "." or ".." => "the file name is no name of a file",
            _ when filename.AsSpan().ContainsAny('/', '\\') => "the file name holds a path; send the name alone",
            // Format characters can turn around what is shown of a name, line separators can end a line of a log.
            _ when filename.Any(c => char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator && c != '\u200D') || HasBrokenSurrogates(filename) => "the file name holds characters that are not shown",
            _ => null,
        };
        return fault is null ? null : GatewayError.Invalid(File, "invalid_value", $"Invalid value for 'file': {fault}.");
    }

    private static bool HasBrokenSurrogates(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune == System.Text.Rune.ReplacementChar)
            {
                return true;
            }
        }

        return false;
    }

    private static GatewayError? CheckSeconds(string value)
    {
        if (!long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds))
        {
            return GatewayError.Invalid(Seconds, "invalid_value", $"Invalid value for '{Seconds}': expected a whole number from 3600 to 2592000.");
        }

        return seconds switch
        {
            < ShortestExpiry => GatewayError.Invalid(Seconds, "integer_below_min_value", $"Invalid value for '{Seconds}': at least 3600 (one hour)."),
            > LongestExpiry => GatewayError.Invalid(Seconds, "integer_above_max_value", $"Invalid value for '{Seconds}': at most 2592000 (thirty days)."),
            _ => null,
        };
    }

    private static GatewayError Missing(string name, string expected) => GatewayError.Invalid(
        name, "missing_required_parameter", $"Missing required form field: '{name}'. Send {expected}.");
}
