using System.Globalization;
using System.Text;

namespace LlmGateway.Simulator.Engine;

/// <summary>
/// A simple tokenizer: a word of up to <see cref="MaxWord"/> letters with its leading space, up to three digits,
/// a run of white space, or one other Unicode scalar with the marks that follow it. Lossless: the pieces concatenate
/// to the text and never split a scalar. Counts are therefore the same wherever a text is counted.
/// </summary>
internal static class Tokenizer
{
    private const int MaxWord = 10;
    private const int MaxDigits = 3;

    private enum Kind { Letter, Digit, Space, Mark, Other }

    public static int Count(ReadOnlySpan<char> text)
    {
        var count = 0;
        while (!text.IsEmpty)
        {
            text = text[NextLength(text)..];
            count++;
        }

        return count;
    }

    public static List<string> Split(string text)
    {
        var tokens = new List<string>((text.Length / 4) + 1);
        for (var at = 0; at < text.Length;)
        {
            var length = NextLength(text.AsSpan(at));
            tokens.Add(text.Substring(at, length));
            at += length;
        }

        return tokens;
    }

    private static int NextLength(ReadOnlySpan<char> text)
    {
        var kind = KindAt(text, 0, out var length);
        if (kind == Kind.Space)
        {
            // One blank belongs to the word behind it, as in byte-pair vocabularies.
            if (text[0] == ' ' && length < text.Length && KindAt(text, length, out _) == Kind.Letter)
                return length + RunLength(text[length..], Kind.Letter, MaxWord);
            var run = RunLength(text, Kind.Space, int.MaxValue);
            var leavesBlankToWord = run > 1 && run < text.Length && text[run - 1] == ' ' && KindAt(text, run, out _) == Kind.Letter;
            return leavesBlankToWord ? run - 1 : run;
        }

        return kind switch
        {
            Kind.Letter => RunLength(text, Kind.Letter, MaxWord),
            Kind.Digit => RunLength(text, Kind.Digit, MaxDigits),
            _ => length + MarksLength(text[length..]),
        };
    }

    private static int RunLength(ReadOnlySpan<char> text, Kind kind, int maxScalars)
    {
        var at = 0;
        for (var scalars = 0; at < text.Length && scalars < maxScalars; scalars++)
        {
            var next = KindAt(text, at, out var length);
            // A mark continues a word (Devanagari, decomposed accents).
            if (next != kind && !(next == Kind.Mark && kind == Kind.Letter)) break;
            at += length;
        }

        return at;
    }

    private static int MarksLength(ReadOnlySpan<char> text)
    {
        var at = 0;
        while (at < text.Length && KindAt(text, at, out var length) == Kind.Mark) at += length;
        return at;
    }

    private static Kind KindAt(ReadOnlySpan<char> text, int at, out int length)
    {
        // A lone surrogate is one piece of its own: lossless even for text that is not valid UTF-16.
        Rune.DecodeFromUtf16(text[at..], out var rune, out length);
        if (Rune.IsLetter(rune)) return Kind.Letter;
        if (Rune.IsDigit(rune)) return Kind.Digit;
        if (Rune.IsWhiteSpace(rune)) return Kind.Space;
        return Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark
            or UnicodeCategory.EnclosingMark or UnicodeCategory.Format or UnicodeCategory.ModifierSymbol
            ? Kind.Mark
            : Kind.Other;
    }
}
