using LlmGateway.Core.Sensitivity.Detectors;

namespace LlmGateway.Core.Tests.Sensitivity;

/// <summary>The tokens below are made up; they are put together here so that no scanner takes this file for a leak.</summary>
public class SecretDetectorTests
{
    private const string Body = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0";
    private const string Hex = "0123456789abcdef0123456789abcdef";

    public static TheoryData<string, string> Tokens => new()
    {
        { "aws_access_key", "AKIA" + "IOSFODNN7ABCDEFG" },
        { "aws_access_key", "ASIA" + "IOSFODNN7ABCDEFG" },
        { "github_token", "ghp_" + Body },
        { "github_token", "gho_" + Body },
        { "github_token", "github_pat_" + Body + "_" + Body },
        { "gitlab_token", "glpat-" + Body[..20] },
        { "slack_token", "xoxb-" + "123456789012-abcdefGHIJ" },
        { "stripe_key", "sk_live_" + Body },
        { "stripe_key", "rk_live_" + Body },
        { "openai_key", "sk-" + Body },
        { "openai_key", "sk-" + "1234567890abcdef" },
        { "openai_key", "sk-proj-" + Body + "_" + Body },
        { "anthropic_key", "sk-ant-api03-" + Body + "-" + Body },
        { "gateway_key", "sk-gw-" + Hex },
        { "google_key", "AIza" + Body[..35] },
        { "npm_token", "npm_" + Body[..36] },
        { "pypi_token", "pypi-AgEIcHlwaS5vcmc" + Body },
        { "hugging_face_token", "hf_" + Body[..34] },
        { "sendgrid_key", "SG." + Body[..22] + "." + Body },
        { "twilio_key", "SK" + Hex },
        { "azure_key", "DefaultEndpointsProtocol=https;AccountKey=" + Body + Body + "AbCd==" },
        { "private_key", "-----BEGIN RSA PRIVATE " + "KEY-----\nMIIEow" },
        { "private_key", "-----BEGIN OPENSSH PRIVATE " + "KEY-----" },
        { "private_key", "-----BEGIN PGP PRIVATE " + "KEY BLOCK-----" },
    };

    [Theory]
    [MemberData(nameof(Tokens))]
    public void ATokenOfKnownForm_IsFound_WhereverItStands(string kind, string token)
    {
        Assert.Equal([kind], Looking.Kinds(new SecretTokenDetector(), token));
        Assert.Equal([kind], Looking.Kinds(new SecretTokenDetector(), $"Use \"{token}\" here"));
        Assert.Equal([kind], Looking.Kinds(new SecretTokenDetector(), $"x={token}\ny"));
    }

    [Theory]
    [InlineData("task-management-with-many-words-2024")]
    [InlineData("sk-fading-circle sk-folding-cube1 sk-learn-contrib-package2")]
    [InlineData("risk-1234567890abcdef1234567890")]
    [InlineData("AKIAIOSFODNN7ABCDEFGH")]
    [InlineData("ghp_short")]
    [InlineData("npm_config_registry npm_lifecycle_event")]
    [InlineData("hf_hub_download(repo_id) hf_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")]
    [InlineData("-----BEGIN CERTIFICATE-----")]
    [InlineData("-----BEGIN PUBLIC KEY-----")]
    [InlineData("SKU0123456789abcdef0123456789abcdef")]
    [InlineData("sk-your-key-here sk-...")]
    public void OtherText_IsNoToken(string text) => Assert.Empty(Looking.Kinds(new SecretTokenDetector(), text));

    [Theory]
    [InlineData("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N", true)]
    [InlineData("Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiIxMjM0In0.", true)]
    [InlineData("eyJhbGciOiJIUzI1NiJ9", false)]
    [InlineData("eyJhbGciOiJIUzI1NiJ9.abcdefghijklmn.abcdefghijk", false)]
    [InlineData("KeyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.x", false)]
    [InlineData("eyJ.eyJ.eyJ", false)]
    public void AJsonWebToken_HasTwoJsonParts(string text, bool found) => Assert.Equal(found, Looking.Kinds(new JwtDetector(), text).Contains("jwt"));

    [Theory]
    [InlineData("postgres://app:s3cr3t@db.internal:5432/x", true)]
    [InlineData("mongodb+srv://u:p%40ss@cluster0.mongodb.net", true)]
    [InlineData("amqp://guest:guest@rabbit", true)]
    [InlineData("https://user:hunter2@host/path", true)]
    [InlineData("redis://:hunter2@cache:6379", true)]
    [InlineData("postgres://db.internal:5432/x", false)]
    [InlineData("postgres://user:<password>@host/x", false)]
    [InlineData("postgres://user:${DB_PASSWORD}@host/x", false)]
    [InlineData("https://host/a:b@c", false)]
    [InlineData("ssh://git@github.com/x", false)]
    [InlineData("http://localhost:8080 and me@host", false)]
    public void AnAddressWithAPassword_IsAConnectionString(string text, bool found) =>
        Assert.Equal(found, Looking.Kinds(new ConnectionStringDetector(), text).Length > 0);

    [Theory]
    [InlineData("DB_PASSWORD=hunter42xyz", "credential")]
    [InlineData("password: \"correct9horse\"", "credential")]
    [InlineData("{\"client_secret\": \"8Q~abc123def\"}", "credential")]
    [InlineData("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzKEY12", "credential")]
    [InlineData("Server=db;User Id=sa;Password=abc;Encrypt=true", "connection_string")]
    [InlineData("Host=db;Database=x;Pwd=abc", "connection_string")]
    [InlineData("password = input(\"enter2\")", null)]
    [InlineData("password = request.form1.password2", null)]
    [InlineData("password=<your password1>", null)]
    [InlineData("password: string; token: number", null)]
    [InlineData("if (password == expected1234) return;", null)]
    [InlineData("secret = os.environ[\"SECRET1234\"]", null)]
    [InlineData("password=changeme123", null)]
    [InlineData("the password is usually stored hashed", null)]
    [InlineData("PASSWORD=$DB_PASSWORD1", null)]
    public void AnAssignedValue_IsACredentialWhenItLooksLikeOne(string text, string? kind) =>
        Assert.Equal(kind is null ? [] : [kind], Looking.Kinds(new CredentialDetector(), text));

    [Theory]
    [InlineData("wJalrXUtnFEMI/K7MDENG/bPxRfiCYzK3yQ8vT2a")]
    [InlineData("xK9mQ2vR7tL4wP8nB3jH")]
    [InlineData("Z0xqN8-Lr4_tYb2KfW7pDs1Vh6Gm")]
    public void ARandomString_HasHighEntropy(string text) => Assert.Equal(["high_entropy"], Looking.Kinds(new HighEntropyDetector(), $"value \"{text}\""));

    [Theory]
    [InlineData("3f2504e0-4f89-11d3-9a0c-0305e82c3301")]
    [InlineData("da39a3ee5e6b4b0d3255bfef95601890afd80709")]
    [InlineData("E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855")]
    [InlineData("getUserByIdAndNameForTest2 IHttpClientFactoryBuilder2 XMLHttpRequestEventTarget1")]
    [InlineData("src/main/java/com/example/Service2/UserController1")]
    [InlineData("\"integrity\": \"sha512-AbC123dEf456GhI789jKl012MnO345pQr678StU901vWx234YzA567==\"")]
    [InlineData("data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4")]
    [InlineData("ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC7vbqajDw4o6gJy8UtmIbkcpnkO3Kwc4qsEnSZp")]
    [InlineData("h1:4E1hYbNmdoZJhM8Zt8q7Wv5u8NJ5c3F9Xk0r2TtQbYs=")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 11111111111111111111111111111")]
    public void HashesNamesAndData_DoNot(string text) => Assert.Empty(Looking.Kinds(new HighEntropyDetector(), text));
}
