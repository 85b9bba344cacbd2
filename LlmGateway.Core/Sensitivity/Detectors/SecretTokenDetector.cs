using System.Buffers;

namespace LlmGateway.Core.Sensitivity.Detectors;

/// <summary>Finds tokens by the prefixes that vendors give them, and the first line of private keys.</summary>
internal sealed class SecretTokenDetector : ISensitivityDetector
{
    private const string KeyBlock = "-----BEGIN";
    private const string PuttyKey = "PuTTY-User-Key-File-";

    /// <summary>How far behind <see cref="KeyBlock"/> the words stand.</summary>
    private const int KeyBlockReach = 48;

    private static readonly SearchValues<string> Starts =
        SearchValues.Create([.. TokenShapes.All.Select(s => s.Prefix).Append(KeyBlock).Append(PuttyKey).Distinct()], StringComparison.Ordinal);

    /// <summary>By first character, the longest prefix first: <c>sk-ant-</c> is no <c>sk-</c>.</summary>
    private static readonly TokenShape[]?[] ByFirst = Group();

    public string Name => "secret_tokens";

    public void Scan(ReadOnlySpan<char> text, FindingSet findings)
    {
        for (var at = 0; ; at++)
        {
            var found = text[at..].IndexOfAny(Starts);
            if (found < 0)
            {
                return;
            }

            at += found;
            if (text[at] == '-' || text[at..].StartsWith(PuttyKey))
            {
                ScanKeyBlock(text[at..], findings);
            }
            else if (!Chars.IsWordAt(text, at - 1))
            {
                Match(text[at..], findings);
            }
        }
    }

    private static void ScanKeyBlock(ReadOnlySpan<char> text, FindingSet findings)
    {
        if (text[0] != '-' || text[..Math.Min(text.Length, KeyBlock.Length + KeyBlockReach)].Contains("PRIVATE KEY", StringComparison.Ordinal))
        {
            findings.Add(FindingKind.PrivateKey);
        }
    }

    private static void Match(ReadOnlySpan<char> text, FindingSet findings)
    {
        foreach (var shape in ByFirst[text[0]] ?? [])
        {
            if (!text.StartsWith(shape.Prefix))
            {
                continue;
            }

            if (shape.Match(text) is > 0 and var length)
            {
                findings.Add(shape.Kind, text[..length]);
                return;
            }
        }
    }

    private static TokenShape[]?[] Group()
    {
        var groups = new TokenShape[]?[128];
        foreach (var group in TokenShapes.All.GroupBy(s => s.Prefix[0]))
        {
            groups[group.Key] = [.. group.OrderByDescending(s => s.Prefix.Length)];
        }

        return groups;
    }
}
