using System.Globalization;
using System.Text;

namespace LlmGateway.Core.Sensitivity.Text;

/// <summary>Plain letters and digits for those that Unicode has in other styles, and what hides behind tag characters.</summary>
internal static class StyledText
{
    private const char Drop = '\0';

    /// <summary>Mathematical letters come in alphabets of 26 upper and 26 lower case ones (Unicode, 22.2).</summary>
    private const int MathLetters = 0x1D400, MathLettersEnd = 0x1D6A3, Alphabet = 52;

    /// <summary>Squared, negative circled and negative squared capital letters.</summary>
    private const int Squared = 0x1F130, SquaredEnd = 0x1F189, SquaredStep = 0x20;

    /// <summary>The high surrogate of all tag characters (U+E0000 to U+E007F).</summary>
    private const char TagSurrogate = '\uDB40';

    /// <summary>Letters whose place in the mathematical alphabets is empty because they were there before, in pairs with what they mean.</summary>
    private const string Letterlikes = "\u2102C\u210Ag\u210BH\u210CH\u210DH\u210Eh\u2110I\u2111I\u2112L\u2113l\u2115N\u2119P\u211AQ\u211BR\u211CR\u211DR\u2124Z\u2128Z\u212AK\u212CB\u212DC\u212Fe\u2130E\u2131F\u2133M\u2134o";

    /// <summary>
    /// What the character beyond the basic plane stands for: a letter or digit, nothing (U+0000) for what is invisible, null when it stands
    /// for itself.
    /// </summary>
    public static char? Plain(Rune rune)
    {
        var value = rune.Value;
        if (value is >= MathLetters and <= MathLettersEnd)
        {
            var place = (value - MathLetters) % Alphabet;
            return (char)(place < Alphabet / 2 ? 'A' + place : 'a' + place - (Alphabet / 2));
        }

        if (value is >= Squared and <= SquaredEnd && (value - Squared) % SquaredStep < Alphabet / 2)
        {
            return (char)('A' + ((value - Squared) % SquaredStep));
        }

        // Tags and the further variation selectors; some of that plane are not assigned, and invisible as well.
        if (value is >= 0xE0000 and <= 0xE0FFF)
        {
            return Drop;
        }

        return Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.Format or UnicodeCategory.Control => Drop,
            UnicodeCategory.SpaceSeparator => ' ',
            UnicodeCategory.DecimalDigitNumber => (char)('0' + (int)Rune.GetNumericValue(rune)),
            _ => null,
        };
    }

    /// <summary>The plain letter for one of <see cref="Letterlikes"/>; null for another character.</summary>
    public static char? Letterlike(char c)
    {
        for (var i = 0; i < Letterlikes.Length; i += 2)
        {
            if (Letterlikes[i] == c)
            {
                return Letterlikes[i + 1];
            }
        }

        return null;
    }

    /// <summary>What tag characters spell; each is a character of ASCII that is not shown.</summary>
    public static string Tags(ReadOnlySpan<char> text)
    {
        var first = text.IndexOf(TagSurrogate);
        if (first < 0)
        {
            return "";
        }

        var tags = new StringBuilder();
        for (var i = first; i + 1 < text.Length; i++)
        {
            if (text[i] == TagSurrogate && text[i + 1] is >= '\uDC20' and <= '\uDC7E')
            {
                tags.Append((char)(text[i + 1] - 0xDC00));
                i++;
            }
        }

        // One alone hides nothing, and the room for it is needed.
        return tags.Length > 1 ? tags.ToString() : "";
    }
}
