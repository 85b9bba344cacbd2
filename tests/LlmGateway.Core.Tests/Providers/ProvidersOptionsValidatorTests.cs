using LlmGateway.Core.Providers;
using LlmGateway.Core.Routing;
using LlmGateway.Core.Tests.Support;

namespace LlmGateway.Core.Tests.Providers;

public class ProvidersOptionsValidatorTests
{
    private readonly ProvidersOptions _options = new();

    [Fact]
    public void NoProviders_IsNoMistake() => Assert.Empty(Validate());

    [Theory]
    [InlineData("http://localhost:11434")]
    [InlineData("https://api.openai.com/v1")]
    [InlineData("http://[::1]:8000/v1/")]
    public void AGoodProvider_Passes(string url)
    {
        _options.Providers["p"] = new ProviderOptions { Type = "FAKE", BaseUrl = url, ApiKey = "sk-1", Headers = { ["x-team"] = "a b" } };
        Assert.Empty(Validate());
    }

    [Fact]
    public void EveryMistake_IsToldAtOnceWithItsValue()
    {
        _options.Providers["one"] = new ProviderOptions
        {
            Type = "opnai",
            BaseUrl = "localhost:11434/v1",
            Discover = false,
            Timeouts = { Connect = TimeSpan.Zero, FirstToken = TimeSpan.FromDays(25), Idle = TimeSpan.FromSeconds(-1), Total = TimeSpan.MaxValue },
        };
        _options.Providers["two"] = new ProviderOptions
        {
            Type = "fake",
            BaseUrl = "https://key@host/v1?a=b#c",
            ApiKey = "line\nbreak",
            Headers = { ["bad name"] = "x", ["x-good"] = "brok\r\nen" },
            Models = { ["m"] = new ModelOptions { ContextLength = 0 } },
        };
        _options.Aliases["fast"] = AliasOptions.Of(" ");

        var errors = Validate();
        string[] expected =
        [
            "Providers:one:Type is 'opnai'; it must be one of: fake.",
            "Providers:one:BaseUrl is 'localhost:11434/v1'",
            "Providers:one serves no model",
            "Providers:one:Timeouts:Connect is 00:00:00",
            "Providers:one:Timeouts:FirstToken is 25.00:00:00",
            "Providers:one:Timeouts:Idle is -00:00:01",
            "Providers:one:Timeouts:Total is",
            "Providers:two:BaseUrl must not hold a user name",
            "Providers:two:ApiKey",
            "Providers:two:Headers:bad name",
            "Providers:two:Headers:x-good",
            "Providers:two:Models:m:ContextLength is 0",
            "Aliases:fast names no model.",
        ];
        Assert.All(expected, text => Assert.Single(errors, e => e.StartsWith(text, StringComparison.Ordinal)));
        Assert.Equal(expected.Length, errors.Length);
    }

    [Fact]
    public void Secrets_AreNotRepeated()
    {
        _options.Providers["p"] = new ProviderOptions { Type = "fake", BaseUrl = "http://h", ApiKey = "sk-secret\u00e9", Headers = { ["x-token"] = "hush\n" } };
        Assert.All(Validate(), e => Assert.False(e.Contains("sk-secret", StringComparison.Ordinal) || e.Contains("hush", StringComparison.Ordinal), e));
        Assert.Equal(2, Validate().Length);
    }

    [Fact]
    public void EveryBadKey_IsToldByItsPlaceAndNotRepeated()
    {
        _options.Providers["p"] = new ProviderOptions
        {
            Type = "fake",
            BaseUrl = "http://h",
            ApiKeys = { "sk-good", "", " ", "sk-secret\u00e9", "sk-hush x" },
            Credentials = { RestAfterRejection = TimeSpan.Zero, RestAfterRateLimit = TimeSpan.FromSeconds(-1), LongestRest = TimeSpan.FromDays(25) },
        };

        var errors = Validate();
        string[] expected =
        [
            "Providers:p:ApiKeys:1 is empty.",
            "Providers:p:ApiKeys:2 is empty.",
            "Providers:p:ApiKeys:3 holds",
            "Providers:p:ApiKeys:4 holds",
            "Providers:p:Credentials:RestAfterRejection is 00:00:00",
            "Providers:p:Credentials:RestAfterRateLimit is -00:00:01",
            "Providers:p:Credentials:LongestRest is 25.00:00:00",
        ];
        Assert.All(expected, text => Assert.Single(errors, e => e.StartsWith(text, StringComparison.Ordinal)));
        Assert.Equal(expected.Length, errors.Length);
        Assert.All(errors, e => Assert.DoesNotContain("sk-", e, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(16, true)]
    [InlineData(17, false)]
    public void KeysAreBounded_RepeatedOnesNotCounted(int keys, bool isFine)
    {
        var options = new ProviderOptions { Type = "fake", BaseUrl = "http://h", ApiKey = "k0" };
        options.ApiKeys.AddRange(Enumerable.Range(0, keys).Concat([0, 1, 2]).Select(i => $"k{i}"));
        _options.Providers["p"] = options;

        Assert.Equal(isFine, Validate().Length == 0);
    }

    [Theory]
    [InlineData("-00:00:01", false)]
    [InlineData("00:00:00", true)]
    public void TheLongestKeepAlive_IsNotNegative(string value, bool isFine)
    {
        _options.Providers["p"] = new ProviderOptions { Type = "fake", BaseUrl = "http://h", MaxKeepAlive = TimeSpan.Parse(value, System.Globalization.CultureInfo.InvariantCulture) };
        var errors = Validate();
        Assert.Equal(isFine ? [] : ["Providers:p:MaxKeepAlive is -00:00:01; it must be 0 or more."], errors);
    }

    [Fact]
    public void ABaseUrlWithAPassword_IsNotRepeated()
    {
        _options.Providers["p"] = new ProviderOptions { Type = "fake", BaseUrl = "https://user:hush@host" };
        Assert.DoesNotContain("hush", Assert.Single(Validate()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("id", null)]
    [InlineData(null, "hush")]
    public void HalfAnAwsKey_IsRefused(string? id, string? secret)
    {
        _options.Providers["p"] = new ProviderOptions { Type = "fake", BaseUrl = "http://h", Aws = new AwsOptions { AccessKeyId = id, SecretAccessKey = secret } };
        var error = Assert.Single(Validate());
        Assert.StartsWith("Providers:p:Aws:AccessKeyId and", error, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", error, StringComparison.Ordinal);
    }

    private string[] Validate() =>
        [.. new ProvidersOptionsValidator([new FakeFactory()]).Validate(null, _options).Failures ?? []];

    private sealed class FakeFactory : IModelProviderFactory
    {
        public string Type => "fake";

        public IModelProvider Create(string name, ProviderOptions options) => new FakeProvider(name);
    }
}
