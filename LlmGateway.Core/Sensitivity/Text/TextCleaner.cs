using System.Globalization;
using System.Text;

namespace LlmGateway.Core.Sensitivity.Text;

/// <summary>
/// Takes out of a text what hides words from a program but not from a reader: invisible characters, full-width and styled forms, digits of
/// other scripts, odd spaces, dashes and quotes, in all planes of Unicode. Runs of white space become one character, a line break when they
/// hold one.
/// </summary>
internal static class TextCleaner
{
    /// <summary>Stands between two strings of a document. No text holds it: it is no character (Unicode, 23.7 Noncharacters).</summary>
    public const char Separator = '\uFFFF';

    /// <summary>Stands between the name of a member and its value.</summary>
    public const char NameSeparator = '\uFFFE';

    private const char Drop = '\0';

    /// <summary>Cleans in place and returns the new length, which is never more than the old.</summary>
    /// <param name="text">The text.</param>
    /// <param name="keepSeparators">The text has been put together with separators; otherwise they are taken out like other non-characters.</param>
    public static int Clean(Span<char> text, bool keepSeparators = false)
    {
        var written = 0;
        var last = Drop;
        for (var read = 0; read < text.Length; read++)
        {
            var c = text[read];
            if (char.IsHighSurrogate(c) && read + 1 < text.Length && char.IsLowSurrogate(text[read + 1]))
            {
                var low = text[++read];
                var rune = new Rune(c, low);
                if (StyledText.Plain(rune) is not { } plain)
                {
                    (text[written], text[written + 1]) = (c, last = low);
                    written += 2;
                    continue;
                }

                c = plain;
            }

            var clean = c is > ' ' and < '\x7F' ? c
                : c < 0x80 ? Control(c)
                : c >= Separator - 1 ? (keepSeparators ? c : Drop)
                : Other(c);
            if (clean == Drop)
            {
                continue;
            }

            if (clean is ' ' or '\n' && last is ' ' or '\n')
            {
                // One stands for the whole run; a line break wins.
                last = clean == '\n' ? clean : last;
                text[written - 1] = last;
                continue;
            }

            text[written++] = last = clean;
        }

        return written;
    }

    private static char Control(char c) => c switch
    {
        '\n' or '\r' or '\f' or '\v' => '\n',
        '\t' or ' ' => ' ',
        _ => Drop,
    };

    private static char Other(char c)
    {
        switch (c)
        {
            case >= '\uFF01' and <= '\uFF5E':
                return (char)(c - 0xFEE0);
            case >= '\u2010' and <= '\u2015' or '\u2212' or '\uFE58' or '\uFE63':
                return '-';
            case '\u2018' or '\u2019' or '\u201A' or '\u201B':
                return '\'';
            case '\u201C' or '\u201D' or '\u201E' or '\u201F' or '\u00AB' or '\u00BB':
                return '"';
            case '\u2024' or '\uFE52':
                return '.';
            case '\uFE6B':
                return '@';
            case '\u0085' or '\u2028' or '\u2029':
                return '\n';
            case (>= '\u0334' and <= '\u0338') or (>= '\u20D0' and <= '\u20F0'):
                // Drawn over the character before it.
                return Drop;
            case >= '\u2102' and <= '\u2138' when StyledText.Letterlike(c) is { } letter:
                return letter;
            case >= '\u24B6' and <= '\u24E9':
                return (char)(c <= '\u24CF' ? 'A' + (c - '\u24B6') : 'a' + (c - '\u24D0'));
            case '\u034F' or '\u115F' or '\u1160' or '\u17B4' or '\u17B5' or '\u3164' or '\uFFA0' or (>= '\uFE00' and <= '\uFE0F'):
                return Drop;
        }

        return CharUnicodeInfo.GetUnicodeCategory(c) switch
        {
            UnicodeCategory.Format => Drop,
            UnicodeCategory.Control => Drop,
            UnicodeCategory.SpaceSeparator => ' ',
            UnicodeCategory.DecimalDigitNumber => (char)('0' + CharUnicodeInfo.GetDecimalDigitValue(c)),
            _ => c,
        };
    }
}
