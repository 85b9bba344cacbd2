using LlmGateway.ServiceDefaults.Hosting;
using Microsoft.Extensions.Configuration;

namespace LlmGateway.ServiceDefaults.Tests.Hosting;

public sealed class WellKnownBedrockTests
{
    [Fact]
    public void BedrockEndpoint_MakesAProxy() => Assert.Equal(
        ["BaseUrl=http://bedrock-proxy:7090/invoke", "Models:default:Name=anthropic.claude-3-sonnet-20240229-v1:0", "Type=bedrock-proxy"],
        Provider("bedrock", ("BEDROCK_ENDPOINT", "http://bedrock-proxy:7090/invoke"), ("AWS_REGION", "us-east-1"), ("AWS_ACCESS_KEY_ID", "id")));

    [Fact]
    public void BedrockModel_IsTheProxys() => Assert.Contains(
        "Models:default:Name=m:1", Provider("bedrock", ("BEDROCK_ENDPOINT", "http://h/invoke"), ("BEDROCK_MODEL", "m:1")));

    [Theory]
    [InlineData("AWS_BEARER_TOKEN_BEDROCK", "AWS_REGION")]
    [InlineData("AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION")]
    public void AwsKeyWithARegion_MakesBedrock(string key, string region) => Assert.Equal(
        ["Aws:Region=us-east-1", "Type=bedrock"], Provider("bedrock", (key, "hush"), (region, "us-east-1")));

    [Fact]
    public void BedrocksAddress_MayBeSet() => Assert.Contains(
        "BaseUrl=http://127.0.0.1:9", Provider("bedrock", ("AWS_ACCESS_KEY_ID", "id"), ("AWS_REGION", "r"), ("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "http://127.0.0.1:9")));

    [Theory]
    [InlineData("AWS_REGION")]
    [InlineData("AWS_ACCESS_KEY_ID")]
    [InlineData("AWS_PROFILE")]
    [InlineData("BEDROCK_MODEL")]
    public void LessThanThat_MakesNothing(string name) => Assert.Empty(Provider("bedrock", (name, "x")));

    [Fact]
    public void AnEntryOfItsOwn_WinsFieldByField() => Assert.Equal(
        ["Aws:Region=eu-west-1", "Type=bedrock"],
        Provider("bedrock", ("AWS_ACCESS_KEY_ID", "id"), ("AWS_REGION", "us-east-1"), ("Providers:bedrock:Aws:Region", "eu-west-1")));

    private static string[] Provider(string name, params (string Name, string Value)[] settings)
    {
        var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Name, (string?)s.Value)));
        WellKnownSettings.AddProviders(configuration);
        return [.. configuration.GetSection("Providers:" + name).AsEnumerable(makePathsRelative: true).Where(s => s.Value is not null).Select(s => $"{s.Key}={s.Value}").Order()];
    }
}
