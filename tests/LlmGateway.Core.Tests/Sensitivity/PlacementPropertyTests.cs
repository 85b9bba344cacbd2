using LlmGateway.Core.Sensitivity.Detectors;

namespace LlmGateway.Core.Tests.Sensitivity;

/// <summary>Random placements of what must be found: before, between and after other text, digits and separators.</summary>
public class PlacementPropertyTests
{
    private const int Rounds = 3_000;

    private static readonly string[] Phones = ["212-555-0123", "(212) 555-0123", "212.555.0123", "1-800-555-0123", "+1 212 555 0123", "+49 171 1234567", "030/12345678", "(030) 12345678"];

    private static readonly string[] Before = ["", "My number is ", "Jane Doe, ", "10 ", "at 3. ", "\n", "\t", "(", "\"", "call: ", "12 people / ", "Ü: "];

    private static readonly string[] After = ["", ".", ". 3 of us will come.", " 10 Main Street", " / 10", " - 2 persons", ", 4 pm", "\n12 Main Street", "\t7", "; 8", " (after 5 pm)", " (2 lines)", ") and 3", "\" 9", " 10th floor", " 5x", "!", " 2026"];

    private static readonly string[] Secrets =
    [
        "sk-ant-api03-a1B2c3D4e5F6g7H8i9J0k1L2", "ghp_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5", "AQ.Ab8RN6Kq3XyZ0wV7uT5sR2pO9nM8lK4jH1gF6", "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",
        "fw_3ZfA8bKq2LmN9pRsT4uVwX7y", "r8_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9", "dapi0123456789abcdef0123456789abcdef", "csk-a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0u1V2",
        "lsv2_pt_0123456789abcdef0123456789abcdef_0123456789", "tgp_v1_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0u1V",
    ];

    private static readonly string[] SecretBefore = ["", "key ", "\"", "'", "(", "`", "\n", "\t", "= ", ": ", "1 ", "the key: ", "ключ ", "🔑 "];

    private static readonly string[] SecretAfter = ["", ".", " 123", "\"", "'", ")", "`", "\n12", ", 5", "; x", " and more", " 🔑", "。"];

    [Fact]
    public void APhoneNumber_IsFoundWhereverItStands()
    {
        var random = new Random(1);
        for (var round = 0; round < Rounds; round++)
        {
            var (before, phone, after) = (Any(random, Before), Any(random, Phones), Any(random, After));
            Assert.True(Looking.Kinds(new PhoneDetector(), before + phone + after) is ["phone_number"], $"not found: <{before}{phone}{after}>");
        }
    }

    [Theory]
    [InlineData("212-555-0123 / 212-555-0199")]
    [InlineData("212-555-0123/212-555-0199")]
    [InlineData("212-555-0123, 212-555-0199")]
    [InlineData("212-555-0123 212-555-0199")]
    [InlineData("(212) 555-0123 (212) 555-0199")]
    [InlineData("212-555-0123 - 212-555-0199")]
    [InlineData("Tel. 0171 1234567 / 0171 7654321")]
    public void TwoNumbers_AreTwo(string text) => Assert.Equal(2, Looking.Findings(new PhoneDetector(), text).Length);

    [Theory]
    [InlineData("212.555.0123.4567")]
    [InlineData("212-555-0123-4567-8901")]
    [InlineData("01 23 45 67 89 10 11 12 13 14")]
    [InlineData("order 0123-456-789 10")]
    [InlineData("call 0012 3456 7890 1234 5678 9012")]
    public void WhatGoesOnInTheSameWay_IsNoPhoneNumber(string text) => Assert.Empty(Looking.Kinds(new PhoneDetector(), text));

    [Fact]
    public void ASecret_IsFoundWhereverItStands()
    {
        var random = new Random(2);
        for (var round = 0; round < Rounds; round++)
        {
            var (before, secret, after) = (Any(random, SecretBefore), Any(random, Secrets), Any(random, SecretAfter));
            Assert.True(Looking.Kinds(new SecretTokenDetector(), before + secret + after).Length == 1, $"not found: <{before}{secret}{after}>");
        }
    }

    [Theory]
    [InlineData("GEMINI_API_KEY=AQ.Ab8RN6Kq3XyZ0wV7uT5sR2pO9nM8lK4jH1gF6")]
    [InlineData("DB_PASSWORD=Summer.2026")]
    [InlineData("password: Winter.2027 please")]
    [InlineData("Authorization: Bearer 4f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c4d3e2f1a")]
    [InlineData("curl -H 'authorization: bearer 4f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c4d3e2f1a' https://x")]
    [InlineData("{\"Authorization\": \"Basic amFuZTpodW50ZXIyMDI2\"}")]
    [InlineData("Authorization: Token 0123456789abcdef0123456789abcdef01234567")]
    [InlineData("the header is Bearer 4f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c4d3e2f1a")]
    [InlineData("Cookie: theme=dark; session=4f9a8b7c6d5e4f3a2b1c0d9e")]
    [InlineData("Set-Cookie: sid=s3cr3tv4lu3s3cr3tv4lu3; Path=/")]
    [InlineData("SLACK_BOT_TOKEN=a1b2c3d4e5f6a7b8")]
    [InlineData("x-auth-token: a1b2c3d4e5f6a7b8")]
    public void ACredential_IsFoundByItsName(string text) => Assert.Equal(["credential"], Looking.Kinds(new CredentialDetector(), text));

    [Theory]
    [InlineData("password = config.value1")]
    [InlineData("apiKey: settings.keys.primary2")]
    [InlineData("secret = vault.v1.2.3")]
    [InlineData("max_tokens: 4096, next_token = page.token2")]
    [InlineData("Authorization: Bearer YOUR_KEY")]
    [InlineData("Authorization: Bearer ${API_KEY_1}")]
    [InlineData("context.Request.Headers.Authorization == header1value")]
    [InlineData("Cookie: lang=en-GB; theme=dark2")]
    [InlineData("Set-Cookie: a=b; SameSite=Lax; Max-Age=3600")]
    [InlineData("The bearer of this letter has 12 sheep.")]
    public void WhatOnlyLooksLikeOne_IsNot(string text) => Assert.Empty(Looking.Kinds(new CredentialDetector(), text));

    private static string Any(Random random, string[] from) => from[random.Next(from.Length)];
}
