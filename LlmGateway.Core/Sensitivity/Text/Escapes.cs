using System.Globalization;
using System.Text;

namespace LlmGateway.Core.Sensitivity.Text;

/// <summary>Undoes the escapes of JSON strings (RFC 8259, section 7). Never fails: half a surrogate pair stays half a pair.</summary>
internal static class Escapes
{
    /// <summary>Longest escape: <c>\uXXXX</c>.</summary>
    private const int UnicodeLength = 6;

    /// <summary>Decodes the inside of a JSON string into <paramref name="target"/>, which has room for a character per byte.</summary>
    public static int Decode(ReadOnlySpan<byte> json, Span<char> target)
    {
        var written = 0;
        while (true)
        {
            var found = json.IndexOf((byte)'\\');
            written += Encoding.UTF8.GetChars(found < 0 ? json : json[..found], target[written..]);
            if (found < 0)
            {
                return written;
            }

            json = json[found..];
            if (json.Length >= UnicodeLength && json[1] == 'u' && ushort.TryParse(json.Slice(2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit))
            {
                target[written++] = (char)unit;
                json = json[UnicodeLength..];
                continue;
            }

            target[written++] = json.Length > 1 ? Meaning((char)json[1]) ?? (char)json[1] : '\\';
            json = json[Math.Min(2, json.Length)..];
        }
    }

    /// <summary>
    /// Decodes a text that may itself hold JSON, in place: arguments of tools are JSON in a string. False when nothing changed. What is
    /// no escape stays.
    /// </summary>
    public static bool DecodeNested(Span<char> text, ref int length)
    {
        var first = text[..length].IndexOf('\\');
        if (first < 0)
        {
            return false;
        }

        var (read, written, changed) = (first, first, false);
        while (read < length)
        {
            var c = text[read];
            if (c != '\\' || read + 1 >= length)
            {
                text[written++] = c;
                read++;
            }
            else if (text[read + 1] == 'u' && read + UnicodeLength <= length
                && ushort.TryParse(text.Slice(read + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit))
            {
                // What separates strings must not come out of one.
                text[written++] = unit >= TextCleaner.NameSeparator ? ' ' : (char)unit;
                (read, changed) = (read + UnicodeLength, true);
            }
            else if (Meaning(text[read + 1]) is { } meant)
            {
                text[written++] = meant;
                (read, changed) = (read + 2, true);
            }
            else
            {
                text[written++] = c;
                read++;
            }
        }

        length = written;
        return changed;
    }

    private static char? Meaning(char escaped) => escaped switch
    {
        'n' or 'r' or 'f' or 'b' => '\n',
        't' => '\t',
        '"' or '\\' or '/' => escaped,
        _ => null,
    };
}
