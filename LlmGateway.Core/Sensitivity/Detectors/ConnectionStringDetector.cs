using System.Buffers;

namespace LlmGateway.Core.Sensitivity.Detectors;

/// <summary>Finds addresses that hold a password: <c>postgres://user:password@host</c>, <c>amqp://…</c>, <c>https://…</c>.</summary>
internal sealed class ConnectionStringDetector : ISensitivityDetector
{
    private const string AfterScheme = "://";

    /// <summary>Longest user name and password together.</summary>
    private const int MaxUserInfo = 256;

    private static readonly SearchValues<char> Ends = SearchValues.Create("/?#\"'<>\\ \n\uFFFF\uFFFE");

    public string Name => "connection_strings";

    public void Scan(ReadOnlySpan<char> text, FindingSet findings)
    {
        for (var at = 0; !findings.IsFull(FindingKind.ConnectionString); )
        {
            var found = text[at..].IndexOf(AfterScheme, StringComparison.Ordinal);
            if (found < 0)
            {
                return;
            }

            at += found + AfterScheme.Length;
            if (at > AfterScheme.Length && char.IsAsciiLetterOrDigit(text[at - AfterScheme.Length - 1]) && Password(text[at..]) is { IsEmpty: false } password)
            {
                findings.Add(FindingKind.ConnectionString, password);
            }
        }
    }

    private static ReadOnlySpan<char> Password(ReadOnlySpan<char> text)
    {
        text = text[..Math.Min(text.Length, MaxUserInfo)];
        var end = text.IndexOfAny(Ends);
        text = end < 0 ? text : text[..end];
        var at = text.LastIndexOf('@');
        var colon = at < 0 ? -1 : text[..at].IndexOf(':');
        return colon < 0 || Placeholders.IsPlaceholder(text[(colon + 1)..at]) ? default : text[(colon + 1)..at];
    }
}
