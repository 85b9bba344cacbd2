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
        Span<Group> groups = stackalloc Group[MaxGroups];
        var lastEnd = -1;
        for (var at = 0; !findings.IsFull(FindingKind.PhoneNumber); )
        {
            var found = text[at..].IndexOfAny(Starts);
            if (found < 0)
            {
                return;
            }

            at += found;
            if (MayBegin(text, at) && !IsContinuation(text, at, lastEnd) && Find(text, at, groups) is > 0 and var length)
            {
                findings.Add(FindingKind.PhoneNumber, text.Slice(at, length));
                lastEnd = at += length;
                continue;
            }

            at = text[at] == '(' ? at + 1 : SkipDigits(text, at);
        }
    }

    /// <summary>Whether what stands before shows that no number begins here. A slash right behind a number separates two of them.</summary>
    private static bool IsContinuation(ReadOnlySpan<char> text, int at, int lastEnd)
    {
        var before = Chars.At(text, at - 1);
        return char.IsLetterOrDigit(before)
            || (text[at] != '+' && before is '.' or '-' or '_' or '/' or '#' or '$' or '€' or '£' or '+' or '=' && !(before == '/' && at - 1 == lastEnd));
    }

    /// <summary>
    /// Length of the number that begins here; 0 when there is none. What separates the groups of a number also separates it from what
    /// follows, so a shorter reading counts as well: first one that ends at a wide gap, then the longest.
    /// </summary>
    private static int Find(ReadOnlySpan<char> text, int at, Span<Group> groups)
    {
        var count = Read(text[at..], groups, out var isWhole);
        for (var i = 0; i < count - 1; i++)
        {
            if (IsWideGap(text[(at + groups[i].End)..(at + groups[i + 1].Start)]) && IsPhone(text, at, groups[..(i + 1)], true))
            {
                return groups[i].End;
            }
        }

        for (var i = count - 1; i >= 0; i--)
        {
            var isLast = i == count - 1 && isWhole;
            var end = at + groups[i].End;
            if ((isLast ? !char.IsLetterOrDigit(Chars.At(text, end)) : !GoesOn(text, end, groups, i)) && IsPhone(text, at, groups[..(i + 1)], isLast))
            {
                return groups[i].End;
            }
        }

        return 0;
    }

    /// <summary>Such as <c> / </c>, <c> - </c>, <c>. </c> and <c> (</c>.</summary>
    private static bool IsWideGap(ReadOnlySpan<char> gap) => gap.Length > 1 && gap.Contains(' ') && gap.Trim(' ') is [var sign, ..] && sign is '/' or '-' or '.' or '(';

    /// <summary>Whether another group follows as the last one did, as in a longer number of another kind.</summary>
    private static bool GoesOn(ReadOnlySpan<char> text, int end, ReadOnlySpan<Group> groups, int index)
    {
        var gap = Chars.At(text, end);
        if (!char.IsAsciiDigit(Chars.At(text, end + 1)))
        {
            return char.IsLetterOrDigit(gap);
        }

        var before = index == 0 ? '\0' : Chars.At(text, end - groups[index].Length - 1);
        return char.IsLetterOrDigit(gap) || (gap == before && (gap is '-' or '.' || (groups[index].Length == 2 && index + 1 < groups.Length && groups[index + 1].Length == 2)));
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
    /// <param name="text">Begins with the number.</param>
    /// <param name="groups">Takes the groups.</param>
    /// <param name="isWhole">Nothing follows that could belong to the number as well.</param>
    /// <returns>How many groups.</returns>
    private static int Read(ReadOnlySpan<char> text, Span<Group> groups, out bool isWhole)
    {
        var (at, digits) = (text[0] == '+' ? 1 : 0, 0);
        for (var count = 0; ; count++)
        {
            for (var gap = 0; gap < 3 && Chars.At(text, at) is ' ' or '-' or '.' or '/' or '(' or ')'; gap++)
            {
                at++;
            }

            var bound = text[at..Math.Min(text.Length, at + MaxDigits + 1)];
            var run = bound.IndexOfAnyExceptInRange('0', '9');
            run = run < 0 ? bound.Length : run;
            isWhole = run == 0;
            if (isWhole || count == groups.Length || digits + run > MaxDigits || at + run > MaxLength)
            {
                // Behind a plus other numbers may follow.
                isWhole |= text[0] == '+';
                return count;
            }

            groups[count] = new Group(at, run);
            (at, digits) = (at + run, digits + run);
        }
    }

    private static bool IsPhone(ReadOnlySpan<char> text, int at, ReadOnlySpan<Group> groups, bool isWhole)
    {
        var digits = 0;
        foreach (var group in groups)
        {
            digits += group.Length;
        }

        var number = text.Slice(at, groups[^1].End);
        return digits >= MinDigits && (number[0] == '+'
            ? number[1] is (>= '1' and <= '9') or '('
            : IsNorthAmerican(number, groups) || IsNational(text[..at], number, groups, isWhole));
    }

    /// <summary><c>(212) 555-0123</c>, <c>212-555-0123</c>, <c>212.555.0123</c>, with or without <c>1-</c> before it; area and exchange begin with 2 to 9.</summary>
    private static bool IsNorthAmerican(ReadOnlySpan<char> number, ReadOnlySpan<Group> groups)
    {
        var country = groups.Length == 4 && groups[0].Length == 1 && number[0] == '1';
        groups = country ? groups[1..] : groups;
        if (groups.Length != 3 || groups[0].Length != 3 || groups[1].Length != 3 || groups[2].Length != 4)
        {
            return false;
        }

        number = country ? number[1..].TrimStart(" -.(") : number.TrimStart('(');
        var exchange = number[3..].IndexOfAnyInRange('0', '9') + 3;
        var (first, second) = (number[3], number[exchange + 3]);
        return number[0] >= '2' && number[exchange] >= '2' && (first == ')' || (first == second && first is '-' or '.'));
    }

    private static bool IsNational(ReadOnlySpan<char> before, ReadOnlySpan<char> number, ReadOnlySpan<Group> groups, bool isWhole)
    {
        var bracket = number[0] == '(';
        if (number[bracket ? 1 : 0] != '0')
        {
            return false;
        }

        var area = groups.Length > 1 && groups[0].Length is >= 3 and <= 6 && (bracket || number[groups[0].End] == '/');
        return area || IsFivePairs(number, groups) || (isWhole && IsAnnounced(before));
    }

    private static bool IsFivePairs(ReadOnlySpan<char> number, ReadOnlySpan<Group> groups)
    {
        foreach (var group in groups)
        {
            if (group.Length != 2)
            {
                return false;
            }
        }

        return groups.Length == 5 && number[1] != '0';
    }

    private static bool IsAnnounced(ReadOnlySpan<char> before) => before[^Math.Min(before.Length, ContextReach)..].IndexOfAny(Context) >= 0;

    /// <summary>A run of digits.</summary>
    /// <param name="Start">Where it begins, counted from the start of the number.</param>
    /// <param name="Length">How many digits.</param>
    private readonly record struct Group(int Start, int Length)
    {
        public int End => Start + Length;
    }
}
