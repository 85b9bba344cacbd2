using LlmGateway.Core.Errors;
using LlmGateway.Core.Providers;
using LlmGateway.Providers.Bedrock;
using Microsoft.Extensions.Configuration;

namespace LlmGateway.Providers.Tests.Bedrock;

public sealed class ModelsTests : BedrockFixture
{
    private const string Models =
        """
        {"modelSummaries":[
          {"modelId":"a.chat-v1:0","providerName":"Anthropic","outputModalities":["TEXT"],"inferenceTypesSupported":["ON_DEMAND"]},
          {"modelId":"a.embed","providerName":"Amazon","outputModalities":["EMBEDDING"],"inferenceTypesSupported":["ON_DEMAND","PROVISIONED"]},
          {"modelId":"a.paint","outputModalities":["IMAGE"],"inferenceTypesSupported":["ON_DEMAND"]},
          {"modelId":"a.new","outputModalities":["TEXT"],"inferenceTypesSupported":["INFERENCE_PROFILE"]},
          7, {"modelId":8}, {"modelId":"a.bare"}]}
        """;

    [Fact]
    public async Task Models_AreListed_WithProfiles()
    {
        Server.On("/foundation-models", Models)
            .On("/inference-profiles?maxResults=1000", """{"inferenceProfileSummaries":[{"inferenceProfileId":"us.anthropic.new-v1:0","status":"ACTIVE"},{"inferenceProfileId":"us.old","status":"GONE"}],"nextToken":"n=1"}""")
            .On("/inference-profiles?maxResults=1000&nextToken=n%3D1", """{"inferenceProfileSummaries":[{"inferenceProfileId":"us.x"}]}""");

        var listing = await Provider.ListModelsAsync(CancellationToken.None);

        Assert.Null(listing.Error);
        Assert.Equal(
            [new ListedModel("a.chat-v1:0", 0, "anthropic"), new("a.embed", 0, "amazon"), new("a.bare"), new("us.anthropic.new-v1:0", 0, "anthropic"), new("us.x")],
            listing.Models);
        Assert.All(Server.Requests, r => Assert.StartsWith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/eu-central-1/bedrock/", r.Header("Authorization")!, StringComparison.Ordinal));
    }

    [Fact]
    public async Task ProfilesThatCannotBeListed_HideNoModels()
    {
        Server.On("/foundation-models", Models).On("/inference-profiles?maxResults=1000", "{}", 403);

        Assert.Equal(3, (await Provider.ListModelsAsync(CancellationToken.None)).Models.Count);
    }

    [Theory]
    [InlineData(403, """{"message":"no"}""", GatewayErrorCode.UpstreamCredentials)]
    [InlineData(200, """{"models":[]}""", GatewayErrorCode.UpstreamInvalidResponse)]
    public async Task ListThatCannotBeRead_IsAnError(int status, string body, GatewayErrorCode code)
    {
        Server.On("/foundation-models", body, status);

        Assert.Equal(code, (await Provider.ListModelsAsync(CancellationToken.None)).Error?.Code);
        Assert.Equal(code, (await Provider.ProbeAsync(CancellationToken.None))?.Code);
    }

    [Theory]
    [InlineData("https://bedrock-runtime.us-east-1.amazonaws.com", "https://bedrock.us-east-1.amazonaws.com/", "us-east-1")]
    [InlineData("https://bedrock-runtime.cn-north-1.amazonaws.com.cn/", "https://bedrock.cn-north-1.amazonaws.com.cn/", "cn-north-1")]
    [InlineData("https://bedrock-runtime-fips.us-east-1.amazonaws.com", "https://bedrock-fips.us-east-1.amazonaws.com/", "us-east-1")]
    [InlineData("http://127.0.0.1:9000/aws", "http://127.0.0.1:9000/aws", null)]
    [InlineData("https://bedrock-runtime.example.com", "https://bedrock-runtime.example.com", null)]
    [InlineData("nonsense", "nonsense", null)]
    public void ListIsAskedFor_BesideAwsOwnHost(string runtime, string control, string? region) =>
        Assert.Equal((control, region), (BedrockAddresses.Control(runtime), BedrockAddresses.RegionOf(runtime)));

    [Theory]
    [InlineData("eu-west-1", "us-east-1", "us-west-2", "https://bedrock-runtime.eu-west-1.amazonaws.com")]
    [InlineData(null, "us-east-1", "us-west-2", "https://bedrock-runtime.us-east-1.amazonaws.com")]
    [InlineData(null, null, "us-west-2", "https://bedrock-runtime.us-west-2.amazonaws.com")]
    [InlineData(null, null, "cn-north-1", "https://bedrock-runtime.cn-north-1.amazonaws.com.cn")]
    [InlineData(null, null, null, null)]
    public void Address_FollowsFromTheRegion(string? configured, string? variable, string? second, string? address)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { ["HOME"] = "/nonexistent", ["AWS_REGION"] = variable, ["AWS_DEFAULT_REGION"] = second }).Build();

        Assert.Equal(address, new BedrockProviderFactory(Time, configuration).DefaultBaseUrl(new ProviderOptions { Aws = new AwsOptions { Region = configured } }));
    }
}
