namespace LlmGateway.Core.Sensitivity.Detectors;

/// <summary>
/// Finds numbers of payment cards (ISO/IEC 7812): the issuer's prefix and length, the check digit by Luhn, written as one run or in the
/// groups that are printed on cards.
/// </summary>
internal sealed class CardDetector : ISensitivityDetector
{
    private const int MinDigits = 13, MaxDigits = 19;

    private static readonly int[][] Groupings = [[4, 4, 4, 4], [4, 6, 5], [4, 6, 4], [4, 4, 4, 4, 3]];

    public string Name => "card_number";

    public void Scan(ReadOnlySpan<char> text, FindingSet findings)
    {
        Span<char> digits = stackalloc char[MaxDigits];
        for (var at = 0; !findings.IsFull(FindingKind.CardNumber); )
        {
            var start = text[at..].IndexOfAnyInRange('0', '9');
            if (start < 0)
            {
                return;
            }

            at += start;
            var run = RunLength(text[at..]);
            if (!IsInWordOrFraction(text, at) && run is 4 or (>= MinDigits and <= MaxDigits))
            {
                var count = run == 4 ? ReadGroups(text[at..], digits) : Copy(text.Slice(at, run), digits);
                if (count > 0 && (run == 4 || !Chars.IsWordAt(text, at + run)) && IsCard(digits[..count]))
                {
                    findings.Add(FindingKind.CardNumber, digits[..count]);
                }
            }

            at += run;
        }
    }

    private static int RunLength(ReadOnlySpan<char> text)
    {
        var length = text.IndexOfAnyExceptInRange('0', '9');
        return length < 0 ? text.Length : length;
    }

    private static bool IsInWordOrFraction(ReadOnlySpan<char> text, int at) =>
        Chars.IsWordAt(text, at - 1) || (Chars.At(text, at - 1) is '.' or ',' && char.IsAsciiDigit(Chars.At(text, at - 2)));

    private static int Copy(ReadOnlySpan<char> run, Span<char> digits)
    {
        run.CopyTo(digits);
        return run.Length;
    }

    /// <summary>Digits of the longest grouping with one and the same separator; 0 when there is none.</summary>
    private static int ReadGroups(ReadOnlySpan<char> text, Span<char> digits)
    {
        var separator = Chars.At(text, 4);
        if (separator is not (' ' or '-' or '.' or '\n'))
        {
            return 0;
        }

        foreach (var grouping in Groupings)
        {
            var (at, count) = (0, 0);
            foreach (var group in grouping)
            {
                at += at > 0 && Chars.At(text, at) == separator ? 1 : 0;
                if (at + group > text.Length || text.Slice(at, group).ContainsAnyExceptInRange('0', '9'))
                {
                    count = 0;
                    break;
                }

                text.Slice(at, group).CopyTo(digits[count..]);
                (at, count) = (at + group, count + group);
            }

            if (count > 0 && !Chars.IsWordAt(text, at) && IsCard(digits[..count]))
            {
                return count;
            }
        }

        return 0;
    }

    private static bool IsCard(ReadOnlySpan<char> digits) => IsIssued(digits) && HasLuhnDigit(digits) && digits.ContainsAnyExcept(digits[0]);

    /// <summary>Prefixes and lengths of Visa, Mastercard, American Express, Discover, Diners Club, JCB, UnionPay and Maestro.</summary>
    private static bool IsIssued(ReadOnlySpan<char> digits)
    {
        var length = digits.Length;
        var four = (digits[0] - '0') * 1000 + (digits[1] - '0') * 100 + (digits[2] - '0') * 10 + (digits[3] - '0');
        return four switch
        {
            >= 4000 and < 5000 => length is 13 or 16 or 19,
            >= 5100 and < 5600 or (>= 2221 and <= 2720) => length == 16,
            >= 3400 and < 3500 or (>= 3700 and < 3800) => length == 15,
            6011 or (>= 6440 and < 6600) => length is >= 16 and <= 19,
            >= 3000 and <= 3059 or 3095 or (>= 3600 and < 3700) or (>= 3800 and < 4000) => length is 14 or 16,
            >= 3528 and <= 3589 => length is >= 16 and <= 19,
            >= 6200 and < 6300 => length is >= 16 and <= 19,
            5018 or 5020 or 5038 or 5893 or 6304 or 6759 or 6761 or 6762 or 6763 => length is >= 13 and <= 19,
            _ => false,
        };
    }

    /// <summary>ISO/IEC 7812-1, annex B.</summary>
    private static bool HasLuhnDigit(ReadOnlySpan<char> digits)
    {
        var sum = 0;
        for (var i = 0; i < digits.Length; i++)
        {
            var digit = digits[^(i + 1)] - '0';
            digit = i % 2 == 1 ? digit * 2 : digit;
            sum += digit > 9 ? digit - 9 : digit;
        }

        return sum % 10 == 0;
    }
}
