using System.Buffers;

namespace LlmGateway.Core.Sensitivity.Detectors;

/// <summary>Credentials as HTTP headers carry them: <c>Authorization: Bearer …</c>, <c>Authorization: Basic …</c>, <c>Cookie: name=…; name=…</c>.</summary>
internal static class HeaderCredentials
{
    private const string Authorization = "authorization", Bearer = "bearer ", Cookie = "cookie";

    /// <summary>Shorter values of a cookie or a bearer are seldom secrets: a language, a theme, a placeholder.</summary>
    private const int MinValue = 16;

    /// <summary>A value is judged by its start, and a cookie by its first pairs.</summary>
    private const int MaxValue = 64, MaxPairs = 8;

    private static readonly string[] Schemes = ["bearer ", "token ", "apikey ", "basic "];

    private static readonly SearchValues<char> ValueEnds = SearchValues.Create("\"'`;, \n\\)]}<>\uFFFF\uFFFE");

    /// <summary>Whether the name at <paramref name="at"/> is one of those that are read here.</summary>
    public static bool Reads(ReadOnlySpan<char> text, int at) => StartsWith(text, at, Authorization) || StartsWith(text, at, Bearer) || StartsWith(text, at, Cookie);

    public static void Scan(ReadOnlySpan<char> text, int at, FindingSet findings)
    {
        if (StartsWith(text, at, Bearer))
        {
            // Behind "Authorization:" it has been seen already; the same value counts once.
            if (!char.IsLetterOrDigit(Chars.At(text, at - 1)))
            {
                AddToken(Value(text, at + Bearer.Length), findings);
            }

            return;
        }

        var isCookie = StartsWith(text, at, Cookie);
        var start = CredentialDetector.SkipAssignment(text, at + (isCookie ? Cookie.Length : Authorization.Length));
        if (start < 0 || start >= text.Length)
        {
            return;
        }

        start += text[start] is '"' or '\'' or '`' ? 1 : 0;
        if (isCookie)
        {
            ScanPairs(text, start, findings);
            return;
        }

        foreach (var scheme in Schemes)
        {
            if (StartsWith(text, start, scheme))
            {
                var value = Value(text, start + scheme.Length);
                if (scheme == "basic " && IsBasic(value))
                {
                    findings.Add(FindingKind.Credential, value);
                }
                else
                {
                    AddToken(value, findings);
                }

                return;
            }
        }

        AddToken(Value(text, start), findings);
    }

    private static void ScanPairs(ReadOnlySpan<char> text, int at, FindingSet findings)
    {
        for (var pair = 0; pair < MaxPairs; pair++)
        {
            var value = Value(text, at);
            var sign = value.IndexOf('=');
            if (sign > 0)
            {
                AddToken(value[(sign + 1)..], findings);
            }

            at += value.Length;
            if (Chars.At(text, at) != ';')
            {
                return;
            }

            at += Chars.At(text, at + 1) == ' ' ? 2 : 1;
        }
    }

    private static void AddToken(ReadOnlySpan<char> value, FindingSet findings)
    {
        if (value.Length >= MinValue && CredentialDetector.IsSecret(value, quoted: false))
        {
            findings.Add(FindingKind.Credential, value);
        }
    }

    /// <summary>A name and a password in base64, with a colon between them (RFC 7617).</summary>
    private static bool IsBasic(ReadOnlySpan<char> value)
    {
        Span<byte> bytes = stackalloc byte[MaxValue];
        return value.Length >= 8 && Convert.TryFromBase64Chars(value[..(value.Length / 4 * 4)], bytes, out var length)
            && bytes[..length].IndexOf((byte)':') > 0 && !bytes[..length].ContainsAnyInRange((byte)0, (byte)31)
            && !bytes[..length].StartsWith("user:pass"u8) && !Placeholders.IsPlaceholder(value);
    }

    private static ReadOnlySpan<char> Value(ReadOnlySpan<char> text, int at)
    {
        if (at >= text.Length)
        {
            return default;
        }

        var value = text[at..Math.Min(text.Length, at + MaxValue)];
        var end = value.IndexOfAny(ValueEnds);
        return end < 0 ? value : value[..end];
    }

    private static bool StartsWith(ReadOnlySpan<char> text, int at, string word) =>
        text[Math.Min(at, text.Length)..].StartsWith(word, StringComparison.OrdinalIgnoreCase);
}
