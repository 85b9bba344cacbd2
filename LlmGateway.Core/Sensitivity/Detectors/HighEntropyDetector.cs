using System.Buffers;

namespace LlmGateway.Core.Sensitivity.Detectors;

/// <summary>
/// Finds strings that look random: letters of both cases and digits without order. Hashes in hexadecimal, UUIDs, names in code, paths
/// and data that begins like an image, a public key or a package's checksum are none.
/// </summary>
internal sealed class HighEntropyDetector : ISensitivityDetector
{
    private const int MinLength = 20;

    /// <summary>What is longer is data, not a key.</summary>
    private const int MaxLength = 512;

    /// <summary>Share of the entropy, in bits per character, that a string of this length could have at most.</summary>
    private const double MinEntropyShare = 0.83;

    /// <summary>Share of neighbours that are of different kinds (upper, lower, digit). Names change kind once per word; random strings at about two of three places.</summary>
    private const double MinChanges = 0.38;

    private static readonly SearchValues<char> Body = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-");

    private static readonly string[] HarmlessStarts = ["sha1-", "sha256-", "sha384-", "sha512-", "AAAA", "iVBOR", "/9j/", "R0lGOD", "UklGR", "eyJ"];
    private static readonly string[] HarmlessBefore = ["base64,", "h1:", "sha256:", "SHA256:"];

    public string Name => "high_entropy";

    public void Scan(ReadOnlySpan<char> text, FindingSet findings)
    {
        for (var at = 0; !findings.IsFull(FindingKind.HighEntropy); )
        {
            var start = text[at..].IndexOfAny(Body);
            if (start < 0)
            {
                return;
            }

            at += start;
            var length = text[at..].IndexOfAnyExcept(Body);
            length = length < 0 ? text.Length - at : length;
            if (length is >= MinLength and <= MaxLength && IsRandom(text.Slice(at, length)) && !IsHarmless(text, at))
            {
                findings.Add(FindingKind.HighEntropy, text.Slice(at, length));
            }

            at += length;
        }
    }

    private static bool IsHarmless(ReadOnlySpan<char> text, int at)
    {
        foreach (var start in HarmlessStarts)
        {
            if (text[at..].StartsWith(start))
            {
                return true;
            }
        }

        foreach (var before in HarmlessBefore)
        {
            if (text[..at].EndsWith(before))
            {
                return true;
            }
        }

        return false;
    }

    internal static bool IsRandom(ReadOnlySpan<char> run)
    {
        Span<short> counts = stackalloc short[128];
        counts.Clear();
        var (upper, lower, digits, changes, last) = (0, 0, 0, 0, 0);
        foreach (var c in run)
        {
            counts[c]++;
            var kind = char.IsAsciiDigit(c) ? 1 : char.IsAsciiLetterLower(c) ? 2 : char.IsAsciiLetterUpper(c) ? 3 : 0;
            (digits, lower, upper) = (digits + (kind == 1 ? 1 : 0), lower + (kind == 2 ? 1 : 0), upper + (kind == 3 ? 1 : 0));
            changes += kind != last && kind != 0 && last != 0 ? 1 : 0;
            last = kind;
        }

        return upper >= 2 && lower >= 2 && digits >= 2 && changes >= MinChanges * (run.Length - 1)
            && Entropy(counts, run.Length) >= MinEntropyShare * Math.Log2(Math.Min(run.Length, 64));
    }

    private static double Entropy(ReadOnlySpan<short> counts, int length)
    {
        var bits = 0.0;
        foreach (var count in counts)
        {
            bits -= count == 0 ? 0 : (double)count / length * Math.Log2((double)count / length);
        }

        return bits;
    }
}
