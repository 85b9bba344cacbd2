using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using LlmGateway.Providers.Bedrock.Credentials;

namespace LlmGateway.Providers.Bedrock;

/// <summary>What a signature is made for.</summary>
/// <param name="Region">Such as <c>us-east-1</c>.</param>
/// <param name="Service">The service's signing name; <c>bedrock</c> for both of Bedrock's hosts.</param>
internal readonly record struct SigningScope(string Region, string Service);

/// <summary>A request as it is signed.</summary>
/// <param name="Method">In capitals.</param>
/// <param name="Path">As it goes over the wire, from the first slash to the query.</param>
/// <param name="Query">As it goes over the wire, without the question mark.</param>
/// <param name="Headers">Those that are signed beside the date and the token; <c>host</c> among them. A name may stand several times.</param>
/// <param name="PayloadHash">SHA-256 of the body in lower-case hex.</param>
internal readonly record struct SignedRequest(
    string Method, string Path, string Query, IReadOnlyList<KeyValuePair<string, string>> Headers, string PayloadHash);

/// <summary>
/// AWS Signature Version 4 (source: AWS's documentation, "Create a signed AWS API request", with the rules for services other than S3:
/// the path is normalized, and what is encoded on the wire is encoded once more in the canonical request).
/// </summary>
internal static class AwsSigner
{
    public const string DateHeader = "x-amz-date";
    public const string TokenHeader = "x-amz-security-token";

    /// <summary>SHA-256 of nothing.</summary>
    public const string EmptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    private const string Algorithm = "AWS4-HMAC-SHA256";
    private const string Unreserved = "-._~";

    /// <summary>The headers to add: the date, the token of temporary credentials and <c>Authorization</c>.</summary>
    public static KeyValuePair<string, string>[] Sign(in SignedRequest request, AwsCredentials credentials, SigningScope scope, DateTimeOffset time)
    {
        var stamp = time.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var date = stamp[..8];
        var own = new List<KeyValuePair<string, string>> { new(DateHeader, stamp) };
        if (credentials.SessionToken is { Length: > 0 } token)
        {
            own.Add(new(TokenHeader, token));
        }

        var canonical = Canonicalize(request, own, out var names);
        var credentialScope = $"{date}/{scope.Region}/{scope.Service}/aws4_request";
        var toSign = $"{Algorithm}\n{stamp}\n{credentialScope}\n{Hash(Encoding.UTF8.GetBytes(canonical))}";
        var key = SigningKey(credentials.SecretAccessKey, date, scope);
        var signature = Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(toSign)));
        own.Add(new("Authorization", $"{Algorithm} Credential={credentials.AccessKeyId}/{credentialScope}, SignedHeaders={names}, Signature={signature}"));
        return [.. own];
    }

    /// <summary>SHA-256 in lower-case hex.</summary>
    public static string Hash(ReadOnlySpan<byte> data) => Convert.ToHexStringLower(SHA256.HashData(data));

    /// <summary>The canonical form of a request, which client and server must agree on.</summary>
    /// <param name="request">The request.</param>
    /// <param name="further">Headers that are signed beside its own.</param>
    /// <param name="names">The names of all signed headers, as the signature tells them.</param>
    internal static string Canonicalize(in SignedRequest request, IEnumerable<KeyValuePair<string, string>> further, out string names)
    {
        var headers = request.Headers.Concat(further)
            .GroupBy(h => h.Key.ToLowerInvariant(), h => Collapse(h.Value), StringComparer.Ordinal)
            .OrderBy(g => g.Key, StringComparer.Ordinal)
            .ToArray();
        names = string.Join(';', headers.Select(h => h.Key));
        var text = new StringBuilder()
            .Append(request.Method).Append('\n')
            .Append(CanonicalPath(request.Path)).Append('\n')
            .Append(CanonicalQuery(request.Query)).Append('\n');
        foreach (var header in headers)
        {
            text.Append(header.Key).Append(':').AppendJoin(',', header).Append('\n');
        }

        return text.Append('\n').Append(names).Append('\n').Append(request.PayloadHash).ToString();
    }

    private static byte[] SigningKey(string secret, string date, SigningScope scope)
    {
        var key = Encoding.UTF8.GetBytes("AWS4" + secret);
        foreach (var part in (ReadOnlySpan<string>)[date, scope.Region, scope.Service, "aws4_request"])
        {
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        }

        return key;
    }

    /// <summary>Without empty segments, <c>.</c> and <c>..</c>; every byte but the unreserved encoded, percent signs too.</summary>
    private static string CanonicalPath(string path)
    {
        var segments = new List<string>();
        foreach (var segment in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (segment == "..")
            {
                segments.RemoveRange(Math.Max(segments.Count - 1, 0), Math.Min(segments.Count, 1));
            }
            else if (segment != ".")
            {
                segments.Add(Encode(segment));
            }
        }

        var isFolder = segments.Count > 0 && path[^1] == '/';
        return "/" + string.Join('/', segments) + (isFolder ? "/" : "");
    }

    /// <summary>Ordered by the bytes of the encoded names, then of the values.</summary>
    private static string CanonicalQuery(string query) => string.Join('&', query
        .Split('&', StringSplitOptions.RemoveEmptyEntries)
        .Select(p => p.Split('=', 2))
        .Select(p => (Name: Encode(Uri.UnescapeDataString(p[0])), Value: p.Length > 1 ? Encode(Uri.UnescapeDataString(p[1])) : ""))
        .OrderBy(p => p.Name, StringComparer.Ordinal).ThenBy(p => p.Value, StringComparer.Ordinal)
        .Select(p => $"{p.Name}={p.Value}"));

    private static string Encode(string text)
    {
        var encoded = new StringBuilder(text.Length);
        foreach (var b in Encoding.UTF8.GetBytes(text))
        {
            if (char.IsAsciiLetterOrDigit((char)b) || Unreserved.Contains((char)b, StringComparison.Ordinal))
            {
                encoded.Append((char)b);
            }
            else
            {
                encoded.Append('%').Append(b.ToString("X2", CultureInfo.InvariantCulture));
            }
        }

        return encoded.ToString();
    }

    /// <summary>Trimmed, runs of white space as one space.</summary>
    private static string Collapse(string value) => string.Join(' ', value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
