using System.Buffers;
using System.Globalization;

namespace LlmGateway.Core.Sensitivity.Detectors;

/// <summary>Decides whether <paramref name="id"/>, letters in upper case and without separators, is an identification number.</summary>
internal delegate bool NationalIdCheck(ReadOnlySpan<char> id);

/// <summary>A kind of national identification number.</summary>
/// <param name="Kind">What it is; its name switches it on.</param>
/// <param name="Length">Letters and digits.</param>
/// <param name="Forms">How it is written: the lengths of the groups, such as <c>3-2-4</c>. Numbers in other groups are other numbers.</param>
/// <param name="IsValid">Looks at form and check digits.</param>
internal sealed record NationalId(FindingKind Kind, int Length, string[] Forms, NationalIdCheck IsValid)
{
    /// <summary>The forms as sets of bits, one for each count of characters before a separator.</summary>
    public int[] Marks { get; } = [.. Forms.Select(form =>
    {
        var (marks, count) = (0, 0);
        foreach (var group in form.Split('-').SkipLast(1))
        {
            count += int.Parse(group, CultureInfo.InvariantCulture);
            marks |= 1 << count;
        }

        return marks;
    })];
}

/// <summary>The national identification numbers that can be looked for, each by the rules of its issuer.</summary>
internal static class NationalIds
{
    public static IReadOnlyList<NationalId> All { get; } =
    [
        new(FindingKind.UsSsn, 9, ["3-2-4"], IsSsn),
        new(FindingKind.DeSteuerId, 11, ["11", "2-3-3-3"], IsSteuerId),
        new(FindingKind.UkNino, 9, ["9", "2-2-2-2-1", "2-6-1"], IsNino),
        new(FindingKind.FrNir, 15, ["15", "13-2", "1-2-2-2-3-3-2"], IsNir),
        new(FindingKind.EsDni, 9, ["9", "8-1", "2-3-3-1", "2-3-4", "1-7-1"], IsDni),
        new(FindingKind.ItCodiceFiscale, 16, ["16", "3-3-5-5", "6-5-5"], IsCodiceFiscale),
        new(FindingKind.NlBsn, 9, ["9", "4-2-3", "3-3-3"], IsBsn),
        new(FindingKind.PlPesel, 11, ["11"], IsPesel),
        new(FindingKind.ChAhv, 13, ["13", "3-4-4-2"], IsAhv),
    ];

    public static NationalId? Find(string name) => All.FirstOrDefault(id => id.Kind.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    private static readonly SearchValues<char> NotInNino = SearchValues.Create("DFIQUV");

    private static int Digit(char c) => c - '0';

    private static bool AreDigits(ReadOnlySpan<char> text) => !text.ContainsAnyExceptInRange('0', '9');

    private static bool AreLetters(ReadOnlySpan<char> text) => !text.ContainsAnyExceptInRange('A', 'Z');

    /// <summary>Social Security Administration: no area 000, 666 or 9xx, no group 00, no serial 0000.</summary>
    private static bool IsSsn(ReadOnlySpan<char> id) =>
        AreDigits(id) && id[0] != '9' && !id.StartsWith("000") && !id.StartsWith("666") && !id[3..5].SequenceEqual("00") && !id[5..].SequenceEqual("0000");

    /// <summary>Bundeszentralamt für Steuern: no leading 0, one of the first ten digits two or three times and the others once at most, check digit by ISO 7064 mod 11,10.</summary>
    private static bool IsSteuerId(ReadOnlySpan<char> id)
    {
        if (!AreDigits(id) || id[0] == '0')
        {
            return false;
        }

        Span<int> counts = stackalloc int[10];
        counts.Clear();
        var product = 10;
        foreach (var c in id[..10])
        {
            counts[Digit(c)]++;
            var sum = (Digit(c) + product) % 10;
            product = (sum == 0 ? 10 : sum) * 2 % 11;
        }

        var repeated = 0;
        foreach (var count in counts)
        {
            repeated += count > 1 ? 1 : 0;
        }

        return repeated == 1 && !counts.ContainsAnyExceptInRange(0, 3) && (11 - product) % 10 == Digit(id[10]);
    }

    /// <summary>HMRC, NIM39110.</summary>
    private static bool IsNino(ReadOnlySpan<char> id) =>
        AreLetters(id[..2]) && AreDigits(id[2..8]) && id[8] is >= 'A' and <= 'D'
        && !id[..2].ContainsAny(NotInNino) && id[1] != 'O'
        && !(id.StartsWith("BG") || id.StartsWith("GB") || id.StartsWith("NK") || id.StartsWith("KN") || id.StartsWith("TN") || id.StartsWith("NT") || id.StartsWith("ZZ"));

    /// <summary>INSEE: sex, year, month, place, order; the key is 97 minus the number modulo 97, Corsica's letters standing for 19 and 18.</summary>
    private static bool IsNir(ReadOnlySpan<char> id)
    {
        var corsica = id[6] is 'A' or 'B' && id[5] == '2';
        if (id[0] is not ('1' or '2' or '3' or '4' or '7' or '8') || !AreDigits(id[..6]) || !(corsica || char.IsAsciiDigit(id[6])) || !AreDigits(id[7..]))
        {
            return false;
        }

        var month = Digit(id[3]) * 10 + Digit(id[4]);
        var number = 0L;
        for (var i = 0; i < 13; i++)
        {
            var digit = corsica && i is 5 or 6 ? (i == 5 ? 1 : id[6] == 'A' ? 9 : 8) : Digit(id[i]);
            number = number * 10 + digit;
        }

        return month is (>= 1 and <= 12) or (>= 20 and <= 42) or >= 50 && 97 - number % 97 == Digit(id[13]) * 10 + Digit(id[14]);
    }

    /// <summary>Ministerio del Interior: the letter follows from the number modulo 23; of foreigners X, Y and Z stand for 0, 1 and 2.</summary>
    private static bool IsDni(ReadOnlySpan<char> id)
    {
        var foreign = id[0] is >= 'X' and <= 'Z';
        if (!AreDigits(id[1..8]) || !(foreign || char.IsAsciiDigit(id[0])) || !char.IsAsciiLetterUpper(id[8]))
        {
            return false;
        }

        var number = foreign ? id[0] - 'X' : Digit(id[0]);
        foreach (var c in id[1..8])
        {
            number = number * 10 + Digit(c);
        }

        return "TRWAGMYFPDXBNJZSQVHLCKE"[number % 23] == id[8];
    }

    /// <summary>Agenzia delle Entrate, D.M. 23/12/1976: characters at odd places have values of their own.</summary>
    private static bool IsCodiceFiscale(ReadOnlySpan<char> id)
    {
        ReadOnlySpan<byte> odd = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
        if (!AreLetters(id[..6]) || !char.IsAsciiLetterUpper(id[8]) || !char.IsAsciiLetterUpper(id[11]) || !char.IsAsciiLetterUpper(id[15]))
        {
            return false;
        }

        var sum = 0;
        for (var i = 0; i < 15; i++)
        {
            if (!char.IsAsciiLetterOrDigit(id[i]))
            {
                return false;
            }

            var value = char.IsAsciiDigit(id[i]) ? Digit(id[i]) : id[i] - 'A';
            sum += i % 2 == 0 ? odd[value] : value;
        }

        return id[15] - 'A' == sum % 26;
    }

    /// <summary>Rijksdienst voor Identiteitsgegevens: weights 9 to 2 and -1, sum divisible by 11.</summary>
    private static bool IsBsn(ReadOnlySpan<char> id)
    {
        if (!AreDigits(id) || !id.ContainsAnyExcept(id[0]))
        {
            return false;
        }

        var sum = -Digit(id[8]);
        for (var i = 0; i < 8; i++)
        {
            sum += Digit(id[i]) * (9 - i);
        }

        return sum % 11 == 0;
    }

    /// <summary>Ministerstwo Cyfryzacji: weights 1, 3, 7, 9; a month that exists, with the century added to it.</summary>
    private static bool IsPesel(ReadOnlySpan<char> id)
    {
        if (!AreDigits(id))
        {
            return false;
        }

        ReadOnlySpan<byte> weights = [1, 3, 7, 9];
        var sum = Digit(id[10]);
        for (var i = 0; i < 10; i++)
        {
            sum += Digit(id[i]) * weights[i % 4];
        }

        var month = (Digit(id[2]) * 10 + Digit(id[3])) % 20;
        var day = Digit(id[4]) * 10 + Digit(id[5]);
        return sum % 10 == 0 && month is >= 1 and <= 12 && day is >= 1 and <= 31;
    }

    /// <summary>Zentrale Ausgleichsstelle: 756 and a check digit as in EAN-13.</summary>
    private static bool IsAhv(ReadOnlySpan<char> id)
    {
        if (!AreDigits(id) || !id.StartsWith("756"))
        {
            return false;
        }

        var sum = 0;
        for (var i = 0; i < 13; i++)
        {
            sum += Digit(id[i]) * (i % 2 == 0 ? 1 : 3);
        }

        return sum % 10 == 0;
    }
}
