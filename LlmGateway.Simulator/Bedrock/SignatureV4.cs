using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http.Features;

namespace LlmGateway.Simulator.Bedrock;

/// <summary>
/// Verifies AWS Signature Version 4 (source: IAM User Guide, "AWS Signature Version 4 for API requests"): the signature is computed anew
/// from what arrived and the secret of the access key, and must be the same.
/// </summary>
internal static class SignatureV4
{
    public const string Algorithm = "AWS4-HMAC-SHA256";

    private const string Service = "bedrock";
    private const string Terminator = "aws4_request";
    private const string DateFormat = "yyyyMMdd'T'HHmmss'Z'";
    private const string Mismatch =
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. "
        + "Consult the service documentation for details.";

    private static readonly TimeSpan AllowedSkew = TimeSpan.FromMinutes(5);

    /// <exception cref="SimulatorException">403: not signed, not by a known key, not now, or not this request.</exception>
    public static void Verify(HttpRequest request, ReadOnlySpan<byte> body, IDictionary<string, string> secrets, DateTimeOffset now)
    {
        var credential = Credential.Parse(request.Headers.Authorization.ToString());
        if (credential.Scope is not [_, { Length: > 0 }, Service, Terminator])
            throw Invalid($"Credential should be scoped to correct service: '{Service}'.");
        var hasToken = request.Headers.ContainsKey("x-amz-security-token");
        // Ids that begin with ASIA are temporary and good for nothing without the token that was issued with them.
        if (!secrets.TryGetValue(credential.Id, out var secret) || (credential.Id.StartsWith("ASIA", StringComparison.Ordinal) && !hasToken))
            throw BedrockErrors.Refused("UnrecognizedClientException", "The security token included in the request is invalid.");

        var date = CheckDate(request.Headers["x-amz-date"].ToString(), credential.Scope[0], now);
        CheckSignedHeaders(request, credential.SignedHeaders);
        var payload = Convert.ToHexStringLower(SHA256.HashData(body));
        if (request.Headers["x-amz-content-sha256"].ToString() is { Length: > 0 } told && told != payload) throw Invalid(Mismatch);

        var canonical = MakeCanonicalRequest(request, credential.SignedHeaders, payload);
        var toSign = $"{Algorithm}\n{date}\n{string.Join('/', credential.Scope)}\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        var key = Encoding.UTF8.GetBytes("AWS4" + secret);
        foreach (var part in credential.Scope) key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        var expected = Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(toSign)));
        if (!CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(credential.Signature))) throw Invalid(Mismatch);
    }

    private static string CheckDate(string text, string scopeDate, DateTimeOffset now)
    {
        if (!DateTimeOffset.TryParseExact(text, DateFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date))
            throw Incomplete("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
        if (!text.StartsWith(scopeDate, StringComparison.Ordinal) || scopeDate.Length != 8)
            throw Invalid($"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{scopeDate}' != '{text[..8]}', from '{text}'.");
        if (date < now - AllowedSkew)
            throw Invalid($"Signature expired: {text} is now earlier than {Format(now - AllowedSkew)} ({Format(now)} - 5 min.)");
        if (date > now + AllowedSkew)
            throw Invalid($"Signature not yet current: {text} is still later than {Format(now + AllowedSkew)} ({Format(now)} + 5 min.)");
        return text;
    }

    /// <summary>The host and everything of AWS's own must be signed, so that nobody on the way can change it.</summary>
    private static void CheckSignedHeaders(HttpRequest request, string[] signed)
    {
        var missing = request.Headers.Keys.Select(k => k.ToLowerInvariant())
            .Where(k => (k == "host" || k.StartsWith("x-amz-", StringComparison.Ordinal)) && !signed.Contains(k)).Order(StringComparer.Ordinal).ToArray();
        if (missing.Length > 0) throw Invalid($"'{string.Join("', '", missing)}' must be a 'SignedHeader' in the AWS Authorization.");
        if (!signed.SequenceEqual(signed.Order(StringComparer.Ordinal))) throw Invalid(Mismatch);
    }

    private static string MakeCanonicalRequest(HttpRequest request, string[] signedHeaders, string payloadHash)
    {
        var (path, query) = SplitTarget(request);
        var text = new StringBuilder(512).Append(request.Method).Append('\n');
        // The path is encoded once more than it was on the way: what arrives as %3A is signed as %253A.
        text.AppendJoin('/', path.Split('/').Select(Encode)).Append('\n');
        text.Append(MakeCanonicalQuery(query)).Append('\n');
        foreach (var name in signedHeaders)
            text.Append(name).Append(':').AppendJoin(',', request.Headers[name].Select(v => CollapseBlanks(v ?? ""))).Append('\n');
        return text.Append('\n').AppendJoin(';', signedHeaders).Append('\n').Append(payloadHash).ToString();
    }

    private static (string Path, string Query) SplitTarget(HttpRequest request)
    {
        var target = request.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var question = target.IndexOf('?', StringComparison.Ordinal);
        return question < 0 ? (target, "") : (target[..question], target[(question + 1)..]);
    }

    private static string MakeCanonicalQuery(string query) => string.Join('&', query
        .Split('&', StringSplitOptions.RemoveEmptyEntries)
        .Select(pair => pair.Split('=', 2))
        .Select(pair => (Name: Encode(Uri.UnescapeDataString(pair[0])), Value: pair.Length > 1 ? Encode(Uri.UnescapeDataString(pair[1])) : ""))
        .OrderBy(pair => pair.Name, StringComparer.Ordinal).ThenBy(pair => pair.Value, StringComparer.Ordinal)
        .Select(pair => $"{pair.Name}={pair.Value}"));

    /// <summary>Everything but RFC 3986's unreserved characters, in upper-case hexadecimal.</summary>
    private static string Encode(string text)
    {
        var encoded = new StringBuilder(text.Length + 16);
        foreach (var one in Encoding.UTF8.GetBytes(text))
        {
            if (char.IsAsciiLetterOrDigit((char)one) || one is (byte)'-' or (byte)'.' or (byte)'_' or (byte)'~') encoded.Append((char)one);
            else encoded.Append('%').Append(one.ToString("X2", CultureInfo.InvariantCulture));
        }

        return encoded.ToString();
    }

    private static string CollapseBlanks(string value) => string.Join(' ', value.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static string Format(DateTimeOffset time) => time.UtcDateTime.ToString(DateFormat, CultureInfo.InvariantCulture);

    private static SimulatorException Invalid(string message) => BedrockErrors.Refused("InvalidSignatureException", message);

    private static SimulatorException Incomplete(string message) => BedrockErrors.Refused("IncompleteSignatureException", message);

    /// <summary>The Authorization header in its parts.</summary>
    /// <param name="Scope">Date, region, service and terminator.</param>
    private sealed record Credential(string Id, string[] Scope, string[] SignedHeaders, string Signature)
    {
        private static readonly string[] Parameters = ["Credential", "Signature", "SignedHeaders"];

        public static Credential Parse(string header)
        {
            var fields = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var field in header[Algorithm.Length..].Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                var equals = field.IndexOf('=', StringComparison.Ordinal);
                if (equals > 0) fields[field[..equals]] = field[(equals + 1)..];
            }

            var missing = Parameters.Where(name => !fields.ContainsKey(name)).ToArray();
            if (missing.Length > 0)
                throw Incomplete(string.Join(' ', missing.Select(name => $"Authorization header requires '{name}' parameter.")));
            var credential = fields["Credential"].Split('/');
            return credential.Length == 5
                ? new Credential(credential[0], credential[1..], fields["SignedHeaders"].Split(';'), fields["Signature"])
                : throw Incomplete("Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.");
        }
    }
}
