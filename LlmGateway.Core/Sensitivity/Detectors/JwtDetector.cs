namespace LlmGateway.Core.Sensitivity.Detectors;

/// <summary>
/// Finds JSON Web Tokens (RFC 7519): three parts in base64url, of which the first two are JSON objects and so begin with the letters
/// that <c>{"</c> becomes.
/// </summary>
internal sealed class JwtDetector : ISensitivityDetector
{
    private const string ObjectStart = "eyJ";

    private const int MinPart = 10;

    public string Name => "jwt";

    public void Scan(ReadOnlySpan<char> text, FindingSet findings)
    {
        for (var at = 0; !findings.IsFull(FindingKind.Jwt); )
        {
            var found = text[at..].IndexOf(ObjectStart, StringComparison.Ordinal);
            if (found < 0)
            {
                return;
            }

            at += found;
            if (at > 0 && Chars.IsBase64Url(text[at - 1]))
            {
                at += ObjectStart.Length;
                continue;
            }

            // A part begins where no other does, so that each is measured at most three times: as first, second and third.
            var header = PartLength(text[at..]);
            if (header >= MinPart && Chars.At(text, at + header) == '.')
            {
                var payload = text[(at + header + 1)..];
                var length = payload.StartsWith(ObjectStart, StringComparison.Ordinal) ? PartLength(payload) : 0;
                if (length >= MinPart && Chars.At(payload, length) == '.')
                {
                    findings.Add(FindingKind.Jwt, payload[..length]);
                }
            }

            at += Math.Max(header, ObjectStart.Length);
        }
    }

    private static int PartLength(ReadOnlySpan<char> text)
    {
        var length = 0;
        while (length < text.Length && Chars.IsBase64Url(text[length]))
        {
            length++;
        }

        return length;
    }
}
