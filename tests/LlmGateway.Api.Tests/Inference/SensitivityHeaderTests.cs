using LlmGateway.Api.Tests.Support;

namespace LlmGateway.Api.Tests.Inference;

/// <summary>A gateway that looks at what it is sent, in front of a provider that may see everything.</summary>
public sealed class ClassifyingFixture : GatewayFixture
{
    protected override (string Name, string? Value)[] Settings => [("Sensitivity:Enabled", "true"), ("Providers:up:SecurityLevel", "high")];
}

public class SensitivityHeaderTests(ClassifyingFixture fixture) : IClassFixture<ClassifyingFixture>
{
    private const string Level = "x-llm-gateway-sensitivity";
    private const string Reasons = "x-llm-gateway-sensitivity-reasons";

    [Theory]
    [InlineData("hi", null, "low", null)]
    [InlineData("hi", "low", "low", null)]
    [InlineData("hi", "HIGH", "high", "requested")]
    [InlineData("my key", "none, high", "high", "requested, keyword")]
    [InlineData("my key", null, "low", "keyword")]
    [InlineData("4111 1111 1111 1111", "low", "high", "card_number")]
    public async Task TheAnswer_TellsTheVerdict(string content, string? demanded, string level, string? reasons)
    {
        foreach (var stream in (bool[])[false, true])
        {
            using var response = await SendAsync(fixture.Client, Json.Chat("!echo " + content, "sim-fast", stream ? "\"stream\":true" : ""), demanded);
            Assert.Equal(200, (int)response.StatusCode);
            Assert.Equal(level, Assert.Single(response.Headers.GetValues(Level)));
            Assert.Equal(reasons, response.Headers.TryGetValues(Reasons, out var told) ? Assert.Single(told) : null);
        }
    }

    [Fact]
    public async Task AnError_TellsTheVerdictToo()
    {
        using var response = await SendAsync(fixture.Client, Json.Chat("4111 1111 1111 1111", "no-such-model"), null);
        Assert.Equal(404, (int)response.StatusCode);
        Assert.Equal("high", Assert.Single(response.Headers.GetValues(Level)));
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, string json, string? demanded)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Json.ChatPath) { Content = Json.Content(json) };
        if (demanded is not null)
        {
            request.Headers.TryAddWithoutValidation(Level, demanded);
        }

        return await client.SendAsync(request);
    }
}

public class UnclassifiedTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    [Fact]
    public async Task WithoutClassification_NothingIsSaidOfIt()
    {
        using var response = await fixture.Client.PostAsync(Json.ChatPath, Json.Content(Json.Chat("!echo 4111 1111 1111 1111", "sim-fast")));
        Assert.Equal(200, (int)response.StatusCode);
        Assert.DoesNotContain(response.Headers, h => h.Key.StartsWith("x-llm-gateway-sensitivity", StringComparison.Ordinal));
    }
}
