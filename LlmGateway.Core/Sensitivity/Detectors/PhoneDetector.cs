using System.Buffers;

namespace LlmGateway.Core.Sensitivity.Detectors;

/// <summary>
/// Finds phone numbers: international ones with a plus (ITU-T E.164), North American ones by their form, and others that begin with 0
/// where their form leaves no doubt (an area code in brackets or before a slash, five pairs) or a word such as <c>Tel.</c> stands
/// before them. Dates, order numbers, versions and prices are none.
/// </summary>
internal sealed class PhoneDetector : ISensitivityDetector
{
    /// <summary>Most digits (E.164, 6.2) and fewest that are taken for a whole number.</summary>
    private const int MaxDigits = 15, MinDigits = 9;

    private const int MaxLength = 28;

    /// <summary>How far before a number a word that announces it may stand.</summary>
    private const int ContextReach = 24;

    private const int MaxGroups = 8;

    private static readonly SearchValues<char> Starts = SearchValues.Create("+(0123456789");

    private static readonly SearchValues<string> Context = SearchValues.Create(
        ["tel", "phone", "mobil", "handy", "fax", "call", "whatsapp", "fono", "móvil", "cell", "rufnummer", "hotline", "sms", "電話", "电话"], StringComparison.OrdinalIgnoreCase);

    public string Name => "phone_number";

    public void Scan(ReadOnlySpan<char> text, FindingSet findings)
    {
        Span<int> groups = stackalloc int[MaxGroups];
        for (var at = 0; !findings.IsFull(FindingKind.PhoneNumber); )
        {
            var found = text[at..].IndexOfAny(Starts);
            if (found < 0)
            {
                return;
            }

            at += found;
            var before = Chars.At(text, at - 1);
            if (!MayBegin(text, at) || char.IsLetterOrDigit(before) || (text[at] != '+' && before is '.' or '-' or '_' or '/' or '#' or '$' or '€' or '£' or '+' or '='))
            {
                at = SkipDigits(text, at);
                continue;
            }

            var number = Read(text[at..Math.Min(text.Length, at + MaxLength + 1)], groups, out var count);
            if (number.Length is > 0 and <= MaxLength && !char.IsLetterOrDigit(Chars.At(text, at + number.Length)) && IsPhone(text[..at], number, groups[..count]))
            {
                findings.Add(FindingKind.PhoneNumber, number);
                at += number.Length;
                continue;
            }

            at = SkipDigits(text, at);
        }
    }

    /// <summary>Goes on behind the character and the digits that follow it: nothing begins in the middle of a number.</summary>
    private static int SkipDigits(ReadOnlySpan<char> text, int at)
    {
        var rest = text[(at + 1)..].IndexOfAnyExceptInRange('0', '9');
        return rest < 0 ? text.Length : at + 1 + rest;
    }

    /// <summary>Whether it is worth reading on: what begins with 1 to 9 and no plus can only be North American.</summary>
    private static bool MayBegin(ReadOnlySpan<char> text, int at) => text[at] switch
    {
        '+' or '(' or '0' => true,
        '1' => Chars.At(text, at + 1) is '-' or '.' or ' ' or '(' || Chars.At(text, at + 3) is '-' or '.',
        _ => Chars.At(text, at + 3) is '-' or '.',
    };

    /// <summary>Reads groups of digits with at most three separators between them.</summary>
    private static ReadOnlySpan<char> Read(ReadOnlySpan<char> text, Span<int> groups, out int count)
    {
        var (at, end, digits) = (text[0] == '+' ? 1 : 0, 0, 0);
        for (count = 0; ; count++)
        {
            for (var gap = 0; gap < 3 && Chars.At(text, at) is ' ' or '-' or '.' or '/' or '(' or ')'; gap++)
            {
                at++;
            }

            var run = text[at..].IndexOfAnyExceptInRange('0', '9');
            run = run < 0 ? text.Length - at : run;
            if (run == 0)
            {
                return text[..end];
            }

            if (count == groups.Length || digits + run > MaxDigits)
            {
                // Behind a plus other numbers may follow; anything else that goes on is no phone number.
                return text[0] == '+' ? text[..end] : default;
            }

            groups[count] = run;
            (at, digits) = (at + run, digits + run);
            end = at;
        }
    }

    private static bool IsPhone(ReadOnlySpan<char> before, ReadOnlySpan<char> number, ReadOnlySpan<int> groups)
    {
        var digits = 0;
        foreach (var group in groups)
        {
            digits += group;
        }

        return digits >= MinDigits && (number[0] == '+'
            ? number[1] is (>= '1' and <= '9') or '('
            : IsNorthAmerican(number, groups) || IsNational(before, number, groups));
    }

    /// <summary><c>(212) 555-0123</c>, <c>212-555-0123</c>, <c>212.555.0123</c>, with or without <c>1-</c> before it; area and exchange begin with 2 to 9.</summary>
    private static bool IsNorthAmerican(ReadOnlySpan<char> number, ReadOnlySpan<int> groups)
    {
        var country = groups.Length == 4 && groups[0] == 1 && number[0] == '1';
        groups = country ? groups[1..] : groups;
        if (groups.Length != 3 || groups[0] != 3 || groups[1] != 3 || groups[2] != 4)
        {
            return false;
        }

        number = country ? number[1..].TrimStart(" -.(") : number.TrimStart('(');
        var exchange = number[3..].IndexOfAnyInRange('0', '9') + 3;
        var (first, second) = (number[3], number[exchange + 3]);
        return number[0] >= '2' && number[exchange] >= '2' && (first == ')' || (first == second && first is '-' or '.'));
    }

    private static bool IsNational(ReadOnlySpan<char> before, ReadOnlySpan<char> number, ReadOnlySpan<int> groups)
    {
        var bracket = number[0] == '(';
        if (number[bracket ? 1 : 0] != '0')
        {
            return false;
        }

        var fivePairs = groups.Length == 5 && !groups.ContainsAnyExcept(2) && number[1] != '0';
        var area = groups.Length > 1 && groups[0] is >= 3 and <= 6 && (bracket || number[groups[0]] == '/');
        return fivePairs || area || IsAnnounced(before);
    }

    private static bool IsAnnounced(ReadOnlySpan<char> before) => before[^Math.Min(before.Length, ContextReach)..].IndexOfAny(Context) >= 0;
}
