using System.Text;
using LlmGateway.Providers.Bedrock;
using LlmGateway.Providers.Bedrock.Credentials;

namespace LlmGateway.Providers.Tests.Bedrock;

public sealed class AwsSignerTests
{
    private const string StsToken = "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";

    private static readonly AwsCredentials Example = new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");

    /// <summary>
    /// The cases of AWS's own test suite for version 4 with normalized paths (source: awslabs/aws-c-auth, tests/aws-signing-test-suite/v4,
    /// request.txt and header-signature.txt of each).
    /// </summary>
    [Theory]
    [InlineData("get-vanilla", "GET", "/", "Host:example.amazonaws.com", "", null, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")]
    [InlineData("get-vanilla-query-order-key-case", "GET", "/?Param2=value2&Param1=value1", "Host:example.amazonaws.com", "", null, "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500")]
    [InlineData("get-vanilla-query-order-encoded", "GET", "/?Param-3=Value3&Param=Value2&%E1%88%B4=Value1", "Host:example.amazonaws.com", "", null, "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac")]
    [InlineData("get-vanilla-query-unreserved", "GET", "/?-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz=-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", "Host:example.amazonaws.com", "", null, "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197")]
    [InlineData("get-vanilla-utf8-query", "GET", "/?\u1234=bar", "Host:example.amazonaws.com", "", null, "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04")]
    [InlineData("get-vanilla-empty-query-key", "GET", "/?Param1=value1", "Host:example.amazonaws.com", "", null, "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb")]
    [InlineData("get-unreserved", "GET", "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", "Host:example.amazonaws.com", "", null, "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f")]
    [InlineData("get-utf8", "GET", "/\u1234", "Host:example.amazonaws.com", "", null, "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85")]
    [InlineData("get-space-normalized", "GET", "/example space/", "Host:example.amazonaws.com", "", null, "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741")]
    [InlineData("get-slash-normalized", "GET", "//", "Host:example.amazonaws.com", "", null, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")]
    [InlineData("get-slashes-normalized", "GET", "//example//", "Host:example.amazonaws.com", "", null, "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84")]
    [InlineData("get-slash-dot-slash-normalized", "GET", "/./", "Host:example.amazonaws.com", "", null, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")]
    [InlineData("get-slash-pointless-dot-normalized", "GET", "/./example", "Host:example.amazonaws.com", "", null, "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5")]
    [InlineData("get-relative-normalized", "GET", "/example/..", "Host:example.amazonaws.com", "", null, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")]
    [InlineData("get-relative-relative-normalized", "GET", "/example1/example2/../..", "Host:example.amazonaws.com", "", null, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")]
    [InlineData("get-header-key-duplicate", "GET", "/", "Host:example.amazonaws.com\nMy-Header1:value2\nMy-Header1:value2\nMy-Header1:value1", "", null, "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea")]
    [InlineData("get-header-value-order", "GET", "/", "Host:example.amazonaws.com\nMy-Header1:value4\nMy-Header1:value1\nMy-Header1:value3\nMy-Header1:value2", "", null, "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01")]
    [InlineData("get-header-value-trim", "GET", "/", "Host:example.amazonaws.com\nMy-Header1: value1\nMy-Header2: \"a   b   c\"", "", null, "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736")]
    [InlineData("post-vanilla", "POST", "/", "Host:example.amazonaws.com", "", null, "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b")]
    [InlineData("post-vanilla-query", "POST", "/?Param1=value1", "Host:example.amazonaws.com", "", null, "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11")]
    [InlineData("post-header-key-case", "POST", "/", "Host:example.amazonaws.com", "", null, "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b")]
    [InlineData("post-header-key-sort", "POST", "/", "Host:example.amazonaws.com\nMy-Header1:value1", "", null, "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c")]
    [InlineData("post-header-value-case", "POST", "/", "Host:example.amazonaws.com\nMy-Header1:VALUE1", "", null, "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d")]
    [InlineData("get-vanilla-with-session-token", "GET", "/", "Host:example.amazonaws.com", "", "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267", "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8")]
    [InlineData("post-sts-header-before", "POST", "/", "Host:example.amazonaws.com", "", StsToken, "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead")]
    [InlineData("post-sts-header-after", "POST", "/", "Host:example.amazonaws.com", "", null, "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b")]
    [InlineData("post-x-www-form-urlencoded", "POST", "/", "Content-Type:application/x-www-form-urlencoded\nHost:example.amazonaws.com\nContent-Length:13", "Param1=value1", null, "d3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b")]
    [InlineData("post-x-www-form-urlencoded-parameters", "POST", "/", "Content-Type:application/x-www-form-urlencoded; charset=utf-8\nHost:example.amazonaws.com\nContent-Length:13", "Param1=value1", null, "328d1b9eaadca9f5818ef05e8392801e091653bafec24fcab71e7344e7f51422")]
    public void Signature_IsThatOfTheSuite(string name, string method, string target, string headers, string body, string? token, string signature)
    {
        var parts = target.Split('?', 2);
        var given = headers.Split('\n').Select(h => h.Split(':', 2)).Select(h => KeyValuePair.Create(h[0], h[1])).ToList();
        var hash = AwsSigner.Hash(Encoding.UTF8.GetBytes(body));
        if (body.Length > 0)
        {
            given.Add(new("x-amz-content-sha256", hash));
        }

        var signed = AwsSigner.Sign(
            new SignedRequest(method, parts[0], parts.Length > 1 ? parts[1] : "", given, hash),
            Example with { SessionToken = token },
            new SigningScope("us-east-1", "service"),
            new DateTimeOffset(2015, 8, 30, 12, 36, 0, TimeSpan.Zero)).ToDictionary(h => h.Key, h => h.Value);

        Assert.EndsWith(", Signature=" + signature, signed["Authorization"], StringComparison.Ordinal);
        Assert.Equal("20150830T123600Z", signed["x-amz-date"]);
        Assert.Equal(token, signed.GetValueOrDefault("x-amz-security-token"));
        Assert.NotEmpty(name);
    }

    /// <summary>The colon of a model's id is encoded on the wire and its percent sign once more when it is signed (computed with botocore 1.43.11).</summary>
    [Fact]
    public void RequestToBedrock_IsSignedAsBotocoreSignsIt()
    {
        var signed = AwsSigner.Sign(
            new SignedRequest(
                "POST", "/model/anthropic.claude-3-sonnet-20240229-v1%3A0/converse", "",
                [new("host", "bedrock-runtime.us-east-1.amazonaws.com"), new("content-type", "application/json")],
                AwsSigner.Hash("{\"messages\":[]}"u8)),
            Example with { SessionToken = "the-token" },
            new SigningScope("us-east-1", "bedrock"),
            new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

        Assert.Equal(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/bedrock/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, "
            + "Signature=9248d7ad44ff35aa4100a3707d3166c3bd3ca1aa1af574aa40b287c4f30dc570",
            signed.Single(h => h.Key == "Authorization").Value);
    }

    [Fact]
    public void Credentials_NameNoSecretWhenWritten() =>
        Assert.DoesNotContain("EXAMPLEKEY", (Example with { SessionToken = "EXAMPLEKEY" }).ToString(), StringComparison.Ordinal);
}
