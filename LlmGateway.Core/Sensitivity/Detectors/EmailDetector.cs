using System.Buffers;

namespace LlmGateway.Core.Sensitivity.Detectors;

/// <summary>
/// Finds e-mail addresses. Those under domains that are reserved for examples (RFC 2606), <c>git@</c> and names of files and packages
/// with an <c>@</c> in them do not count.
/// </summary>
internal sealed class EmailDetector : ISensitivityDetector
{
    /// <summary>Longest local part (RFC 5321, 4.5.3.1.1).</summary>
    private const int MaxLocal = 64;

    /// <summary>Longest domain (RFC 5321, 4.5.3.1.2).</summary>
    private const int MaxDomain = 255;

    private static readonly SearchValues<string> Reserved = SearchValues.Create(
        ["example.com", "example.org", "example.net", ".example", ".invalid", ".test", ".localhost"], StringComparison.OrdinalIgnoreCase);

    /// <summary>Endings of file names: <c>icon@2x.png</c>, <c>style@dark.css</c>.</summary>
    private static readonly HashSet<string> Files = new(StringComparer.OrdinalIgnoreCase) { "png", "jpg", "jpeg", "gif", "svg", "webp", "css", "js", "ts", "json", "html", "map" };

    private static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> FileEndings = Files.GetAlternateLookup<ReadOnlySpan<char>>();

    public string Name => "email";

    public void Scan(ReadOnlySpan<char> text, FindingSet findings)
    {
        for (var at = 0; !findings.IsFull(FindingKind.Email); at++)
        {
            var found = text[at..].IndexOf('@');
            if (found < 0)
            {
                return;
            }

            at += found;
            var local = LocalPart(text[..at]);
            var domain = Domain(text[(at + 1)..]);
            if (!local.IsEmpty && !domain.IsEmpty && !local.SequenceEqual("git") && IsAddress(domain, Chars.At(text, at + 1 + domain.Length)))
            {
                findings.Add(FindingKind.Email, text.Slice(at - local.Length, local.Length + 1 + domain.Length));
            }
        }
    }

    private static ReadOnlySpan<char> LocalPart(ReadOnlySpan<char> before)
    {
        var length = 0;
        while (length < before.Length && length <= MaxLocal && (char.IsLetterOrDigit(before[^(length + 1)]) || before[^(length + 1)] is '.' or '_' or '%' or '+' or '-' or '\''))
        {
            length++;
        }

        return length > MaxLocal ? default : before[^length..].TrimStart('.').TrimStart('\'');
    }

    private static ReadOnlySpan<char> Domain(ReadOnlySpan<char> after)
    {
        var length = 0;
        while (length < after.Length && length <= MaxDomain && (char.IsLetterOrDigit(after[length]) || after[length] is '.' or '-'))
        {
            length++;
        }

        return length > MaxDomain ? default : after[..length].TrimEnd('.').TrimEnd('-');
    }

    private static bool IsAddress(ReadOnlySpan<char> domain, char next)
    {
        var dot = domain.LastIndexOf('.');
        var top = domain[(dot + 1)..];
        if (dot < 1 || top.Length < 2 || domain[0] is '.' or '-' || domain.IndexOf("..", StringComparison.Ordinal) >= 0 || next == '(')
        {
            return false;
        }

        foreach (var c in top)
        {
            if (!char.IsLetter(c) && !top.StartsWith("xn--", StringComparison.OrdinalIgnoreCase))
            {
                return false;
            }
        }

        return domain.IndexOfAny(Reserved) < 0 && !FileEndings.Contains(top);
    }
}
