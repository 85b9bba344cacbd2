using System.Buffers;

namespace LlmGateway.Core.Sensitivity.Detectors;

/// <summary>
/// Finds credentials by the name they are given to: <c>DB_PASSWORD=…</c>, <c>"client_secret": "…"</c>, <c>Password=…;</c>. Values that
/// are code, templates or plain words do not count.
/// </summary>
internal sealed class CredentialDetector : ISensitivityDetector
{
    /// <summary>Letters of a name behind the telling part: <c>secret</c> in <c>secret_access_key</c>.</summary>
    private const int MaxNameRest = 24;

    /// <summary>A value is judged by its start.</summary>
    private const int MaxValue = 48;

    private const int MinValue = 8;

    /// <summary>Fewer characters can hardly be told from a name.</summary>
    private const int MinRandom = 16;

    /// <summary>Digits that one number of a version has at most.</summary>
    private const int MaxVersionDigits = 3;

    /// <summary>In a connection string there is no doubt what a value is.</summary>
    private const int MinListValue = 3;

    private static readonly SearchValues<string> Names = SearchValues.Create(
        ["password", "passwd", "passwort", "passphrase", "pwd", "secret", "apikey", "api_key", "api-key", "accesskey", "access_key", "access-key", "_token", "-token", "authorization", "bearer ", "cookie"],
        StringComparison.OrdinalIgnoreCase);

    private static readonly SearchValues<char> ValueEnds = SearchValues.Create("\"'`;, \n\uFFFF\uFFFE");

    private static readonly SearchValues<char> NoName = SearchValues.Create("\n;,(){}");

    private static readonly SearchValues<char> CodeSigns = SearchValues.Create("()[]{}<>\\");

    private static readonly SearchValues<char> PasswordSigns = SearchValues.Create("!@#%^&*+=/$");

    public string Name => "credentials";

    public void Scan(ReadOnlySpan<char> text, FindingSet findings)
    {
        for (var at = 0; !findings.IsFull(FindingKind.Credential); )
        {
            var found = text[at..].IndexOfAny(Names);
            if (found < 0)
            {
                return;
            }

            at += found + 1;
            if (HeaderCredentials.Reads(text, at - 1))
            {
                HeaderCredentials.Scan(text, at - 1, findings);
                continue;
            }

            var start = SkipAssignment(text, SkipName(text, at));
            if (start < 0 || start >= text.Length)
            {
                continue;
            }

            var value = Value(text, start, out var quoted);
            if (!quoted && IsInList(text, at - 1, start + value.Length) && value.Length >= MinListValue && !Placeholders.IsPlaceholder(value))
            {
                findings.Add(FindingKind.ConnectionString, value);
            }
            else if (value.Length >= MinValue && IsSecret(value, quoted))
            {
                findings.Add(FindingKind.Credential, value);
            }
        }
    }

    private static int SkipName(ReadOnlySpan<char> text, int at)
    {
        var end = Math.Min(text.Length, at + MaxNameRest);
        while (at < end && (char.IsLetterOrDigit(text[at]) || text[at] is '_' or '-'))
        {
            at++;
        }

        return at;
    }

    /// <summary>Goes over quotes, spaces and the sign of assignment; -1 when there is no such sign.</summary>
    internal static int SkipAssignment(ReadOnlySpan<char> text, int at)
    {
        at = Skip(text, at, "\"'`]) ", 3);
        var sign = Chars.At(text, at);
        if (sign == Text.TextCleaner.NameSeparator)
        {
            return at + 1;
        }

        return sign is ':' or '=' && Chars.At(text, at + 1) is var next && !(sign == '=' && next == '=') && !(sign == ':' && next == ':')
            ? Skip(text, at + 1, "=> \n", 4)
            : -1;
    }

    private static int Skip(ReadOnlySpan<char> text, int at, string what, int most)
    {
        for (var end = Math.Min(text.Length, at + most); at < end && what.Contains(text[at], StringComparison.Ordinal); at++)
        {
        }

        return at;
    }

    /// <summary>The value, without quotes and as far as it is looked at.</summary>
    private static ReadOnlySpan<char> Value(ReadOnlySpan<char> text, int at, out bool quoted)
    {
        var quote = text[at] is '"' or '\'' or '`';
        quoted = quote || text[at - 1] == Text.TextCleaner.NameSeparator;
        at += quote ? 1 : 0;
        var value = text[at..Math.Min(text.Length, at + MaxValue)];
        var end = value.IndexOfAny(ValueEnds);
        return end < 0 ? value : value[..end];
    }

    /// <summary>Whether the assignment is one of several, as in <c>Server=db;User=sa;Password=x</c>.</summary>
    private static bool IsInList(ReadOnlySpan<char> text, int name, int end)
    {
        if (Chars.At(text, name - 1) == ';')
        {
            return true;
        }

        if (Chars.At(text, end) != ';')
        {
            return false;
        }

        var next = text[(end + 1)..Math.Min(text.Length, end + MaxNameRest)];
        var sign = next.IndexOf('=');
        return sign > 0 && !next[..sign].ContainsAny(NoName) && Chars.At(next, sign + 1) != '=' && char.IsLetter(next[sign - 1]);
    }

    internal static bool IsSecret(ReadOnlySpan<char> value, bool quoted)
    {
        if (!value.ContainsAnyInRange('0', '9') || !(value.ContainsAnyInRange('a', 'z') || value.ContainsAnyInRange('A', 'Z')) || Placeholders.IsPlaceholder(value))
        {
            return false;
        }

        // Without quotes it may be code: a call, an index, a member, a path.
        return quoted || (!value.ContainsAny(CodeSigns) && !LooksLikeMember(value));
    }

    /// <summary>
    /// A member such as <c>config.value</c>: names with dots between them, of which none looks random. <c>Summer.2026</c> is none, because
    /// no name begins with a digit; a version such as <c>lib.1.2</c> is no secret either.
    /// </summary>
    private static bool LooksLikeMember(ReadOnlySpan<char> value)
    {
        if (value.IndexOf('.') <= 0 || !char.IsAsciiLetter(value[0]) || value.ContainsAny(PasswordSigns))
        {
            return false;
        }

        var numbers = 0;
        foreach (var range in value.Split('.'))
        {
            var part = value[range];
            if (part.Length >= MinRandom && System.Text.Ascii.IsValid(part) && HighEntropyDetector.IsRandom(part))
            {
                return false;
            }

            if (part.Length > 0 && char.IsAsciiDigit(part[0]))
            {
                if (part.Length > MaxVersionDigits)
                {
                    return false;
                }

                numbers++;
            }
        }

        return numbers != 1;
    }
}
