using System.Globalization;
using System.Text;

namespace LlmGateway.Data.Model;

/// <summary>Text from outside as PostgreSQL takes it: no NUL character, and no half of a surrogate pair, which UTF-8 cannot say.</summary>
internal static class StoredText
{
    /// <summary>Length of <c>\u0000</c>.</summary>
    private const int EscapeLength = 6;

    /// <summary>Whether the text is stored as it is. What does not fit is no id of anything.</summary>
    public static bool Fits(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
        {
            return !text.Contains('\0', StringComparison.Ordinal);
        }

        foreach (var rune in text.EnumerateRunes())
        {
            // Half a pair reads as the replacement character; a real one in the text is taken for half a pair, which does no harm.
            if (rune.Value == 0 || rune == Rune.ReplacementChar)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The text without what cannot be stored.</summary>
    public static string? Text(string? text)
    {
        if (text is null || Fits(text))
        {
            return text;
        }

        var stored = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value != 0)
            {
                stored.Append(rune);
            }
        }

        return stored.ToString();
    }

    /// <summary>A JSON document as <c>jsonb</c> takes it, which knows the same limits for escaped characters.</summary>
    public static string? Json(string? document)
    {
        var text = Text(document);
        if (text is null || !text.Contains("\\u", StringComparison.Ordinal))
        {
            return text;
        }

        var stored = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length;)
        {
            var rest = text.AsSpan(i);
            var length = rest[0] != '\\' ? 1 : Escaped(rest) is null ? Math.Min(2, rest.Length) : EscapeLength;
            switch (Escaped(rest))
            {
                case '\0':
                    break;
                case { } high when char.IsHighSurrogate(high) && Escaped(rest[EscapeLength..]) is { } low && char.IsLowSurrogate(low):
                    length = 2 * EscapeLength;
                    stored.Append(rest[..length]);
                    break;
                case { } half when char.IsSurrogate(half):
                    stored.Append("\\ufffd");
                    break;
                default:
                    stored.Append(rest[..length]);
                    break;
            }

            i += length;
        }

        return stored.ToString();
    }

    /// <summary>The character of the escape <c>\uXXXX</c> that the text begins with; null when it begins with something else.</summary>
    private static char? Escaped(ReadOnlySpan<char> text) =>
        text.StartsWith("\\u", StringComparison.Ordinal) && text.Length >= EscapeLength
        && ushort.TryParse(text[2..EscapeLength], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
            ? (char)code
            : null;
}
