using System.Collections.Frozen;

namespace LlmGateway.Core.Sensitivity.Detectors;

/// <summary>Finds international bank account numbers (ISO 13616): a country's letters, its length, and the remainder 1 modulo 97.</summary>
internal sealed class IbanDetector : ISensitivityDetector
{
    private const int MaxLength = 34;

    /// <summary>Lengths by country (source: SWIFT IBAN Registry).</summary>
    private const string Registry =
        "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 "
        + "GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 "
        + "MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 "
        + "TN24 TR26 UA29 VA22 VG24 XK20 YE30";

    private static readonly FrozenDictionary<int, int> Lengths =
        Registry.Split(' ').ToFrozenDictionary(e => Country(e[0], e[1]), e => int.Parse(e.AsSpan(2), System.Globalization.CultureInfo.InvariantCulture));

    public string Name => "iban";

    public void Scan(ReadOnlySpan<char> text, FindingSet findings)
    {
        Span<char> account = stackalloc char[MaxLength];
        for (var at = 2; at + 1 < text.Length && !findings.IsFull(FindingKind.Iban); at++)
        {
            // The check digits are what to look for: digits are rarer than letters.
            var found = text[at..].IndexOfAnyInRange('0', '9');
            if (found < 0)
            {
                return;
            }

            at += found;
            if (char.IsAsciiLetter(text[at - 1]) && char.IsAsciiLetter(text[at - 2]) && char.IsAsciiDigit(Chars.At(text, at + 1))
                && !Chars.IsWordAt(text, at - 3) && Lengths.TryGetValue(Country(text[at - 2], text[at - 1]), out var length)
                && Read(text[(at - 2)..], account[..length]) && HasRemainderOne(account[..length]))
            {
                findings.Add(FindingKind.Iban, account[..length]);
            }
        }
    }

    private static int Country(char first, char second) => (char.ToUpperInvariant(first) << 8) | char.ToUpperInvariant(second);

    /// <summary>Takes letters and digits, leaving out single separators; false when there are fewer or more than fit.</summary>
    private static bool Read(ReadOnlySpan<char> text, Span<char> account)
    {
        var (at, count) = (0, 0);
        for (; count < account.Length && at < text.Length; at++)
        {
            if (char.IsAsciiLetterOrDigit(text[at]))
            {
                account[count++] = char.ToUpperInvariant(text[at]);
            }
            else if (text[at] is not (' ' or '-' or '\n') || text[at - 1] is ' ' or '-' or '\n')
            {
                return false;
            }
        }

        return count == account.Length && !Chars.IsWordAt(text, at);
    }

    /// <summary>The first four characters stand at the end, letters are 10 to 35.</summary>
    private static bool HasRemainderOne(ReadOnlySpan<char> account)
    {
        var remainder = 0;
        for (var i = 0; i < account.Length; i++)
        {
            var c = account[(i + 4) % account.Length];
            remainder = char.IsAsciiDigit(c) ? (remainder * 10 + (c - '0')) % 97 : (remainder * 100 + (c - 'A' + 10)) % 97;
        }

        return remainder == 1;
    }
}
