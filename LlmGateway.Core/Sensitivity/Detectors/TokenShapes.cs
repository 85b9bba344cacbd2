using System.Buffers;

namespace LlmGateway.Core.Sensitivity.Detectors;

/// <summary>How the tokens of one vendor look.</summary>
/// <param name="Prefix">How they begin.</param>
/// <param name="Kind">What they are.</param>
/// <param name="Body">The characters that follow.</param>
/// <param name="MinLength">How many of them there are at least.</param>
/// <param name="Exact">There are no more than that: what follows is no letter and no digit.</param>
/// <param name="Run">Letters and digits that stand together somewhere in the body. Words with dashes between them have none so long.</param>
internal sealed record TokenShape(string Prefix, FindingKind Kind, SearchValues<char> Body, int MinLength, bool Exact = false, int Run = 0)
{
    /// <summary>Longest stretch of a body that is looked at.</summary>
    private const int MaxScan = 96;

    /// <summary>Length of the token at the start of <paramref name="text"/>, as far as it was looked at; 0 when there is none.</summary>
    public int Match(ReadOnlySpan<char> text)
    {
        var body = text[Prefix.Length..];
        body = body[..Math.Min(body.Length, MaxScan)];
        var length = body.IndexOfAnyExcept(Body);
        length = length < 0 ? body.Length : length;
        if (length < MinLength || (Exact && (length > MinLength || char.IsLetterOrDigit(Chars.At(text, Prefix.Length + length)))))
        {
            return 0;
        }

        return HasDigitAndLetter(body[..length]) && LongestRun(body[..length]) >= Run ? Prefix.Length + length : 0;
    }

    private static bool HasDigitAndLetter(ReadOnlySpan<char> body) =>
        body.ContainsAnyInRange('0', '9') && (body.ContainsAnyInRange('a', 'z') || body.ContainsAnyInRange('A', 'Z'));

    private static int LongestRun(ReadOnlySpan<char> body)
    {
        var (longest, run) = (0, 0);
        foreach (var c in body)
        {
            run = char.IsAsciiLetterOrDigit(c) ? run + 1 : 0;
            longest = Math.Max(longest, run);
        }

        return longest;
    }
}

/// <summary>The forms that vendors document for their tokens, or that their own secret scanning looks for.</summary>
internal static class TokenShapes
{
    private static readonly SearchValues<char> Alphanumeric = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");
    private static readonly SearchValues<char> Base64Url = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
    private static readonly SearchValues<char> Dotted = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");
    private static readonly SearchValues<char> Upper = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
    private static readonly SearchValues<char> Hex = SearchValues.Create("0123456789abcdef");

    public static IReadOnlyList<TokenShape> All { get; } =
    [
        .. Many(FindingKind.AwsAccessKey, Upper, 16, exact: true, "AKIA", "ASIA"),
        .. Many(FindingKind.GitHubToken, Alphanumeric, 30, exact: false, "ghp_", "gho_", "ghu_", "ghs_", "ghr_"),
        new("github_pat_", FindingKind.GitHubToken, Base64Url, 40, Run: 16),
        .. Many(FindingKind.GitLabToken, Base64Url, 20, exact: false, "glpat-", "gldt-", "glrt-", "glft-", "glsoat-", "glptt-", "glcbt-"),
        .. Many(FindingKind.SlackToken, Base64Url, 16, exact: false, "xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xoxe-", "xoxe.", "xoxc-", "xoxd-", "xapp-"),
        .. Many(FindingKind.StripeKey, Alphanumeric, 16, exact: false, "sk_live_", "rk_live_", "sk_test_", "rk_test_", "whsec_"),
        new("sk-ant-", FindingKind.AnthropicKey, Base64Url, 20, Run: 12),
        new("sk-gw-", FindingKind.GatewayKey, Base64Url, 16, Run: 12),
        new("sk-", FindingKind.OpenAIKey, Base64Url, 16, Run: 12),
        new("AIza", FindingKind.GoogleKey, Base64Url, 35),
        new("GOCSPX-", FindingKind.GoogleKey, Base64Url, 24),
        new("ya29.", FindingKind.GoogleKey, Base64Url, 20, Run: 12),
        // Google's form since 2026.
        new("AQ.Ab", FindingKind.GoogleKey, Base64Url, 30, Run: 8),
        new("npm_", FindingKind.NpmToken, Alphanumeric, 36),
        new("pypi-", FindingKind.PyPiToken, Base64Url, 48, Run: 16),
        new("hf_", FindingKind.HuggingFaceToken, Alphanumeric, 30),
        new("SG.", FindingKind.SendGridKey, Dotted, 40, Run: 12),
        // With the first digit: prefixes of three characters are found much faster than shorter ones.
        .. Many(FindingKind.TwilioKey, Hex, 31, exact: true, "0123456789abcdef".Select(digit => $"SK{digit}")),
        .. Many(FindingKind.AccessToken, Hex, 32, exact: false, "shpat_", "shpss_", "shppa_", "dop_v1_", "doo_v1_"),
        .. Many(FindingKind.AccessToken, Hex, 40, exact: true, "sbp_"),
        .. Many(FindingKind.AccessToken, Hex, 32, exact: false, "dapi"),
        new("xai-", FindingKind.AccessToken, Alphanumeric, 40),
        new("pplx-", FindingKind.AccessToken, Alphanumeric, 40),
        new("fw_", FindingKind.AccessToken, Alphanumeric, 20, Run: 20),
        new("r8_", FindingKind.AccessToken, Alphanumeric, 37),
        new("tgp_v1_", FindingKind.AccessToken, Base64Url, 40, Run: 10),
        new("csk-", FindingKind.AccessToken, Alphanumeric, 40),
        .. Many(FindingKind.AccessToken, Base64Url, 40, exact: false, "lsv2_pt_", "lsv2_sk_"),
        new("lin_api_", FindingKind.AccessToken, Alphanumeric, 40),
        new("pcsk_", FindingKind.AccessToken, Base64Url, 40, Run: 16),
        new("tvly-", FindingKind.AccessToken, Base64Url, 24, Run: 16),
        new("figd_", FindingKind.AccessToken, Base64Url, 36, Run: 10),
        .. Many(FindingKind.AccessToken, Base64Url, 32, exact: false, "glsa_", "ATATT3x", "ntn_"),
        new("gsk_", FindingKind.AccessToken, Alphanumeric, 40),
        new("dckr_pat_", FindingKind.AccessToken, Base64Url, 20, Run: 10),
        new("nvapi-", FindingKind.AccessToken, Base64Url, 40, Run: 12),
        new("hvs.", FindingKind.AccessToken, Base64Url, 24, Run: 12),
        new("ABSK", FindingKind.AwsAccessKey, SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="), 80),
        // Behind these names stands a key of 32 or 64 bytes in base64.
        .. Many(FindingKind.AzureKey, SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="), 40, exact: false, "AccountKey=", "SharedAccessKey=", "accountKey="),
    ];

    private static IEnumerable<TokenShape> Many(FindingKind kind, SearchValues<char> body, int length, bool exact, params IEnumerable<string> prefixes) =>
        prefixes.Select(prefix => new TokenShape(prefix, kind, body, length, exact));
}
