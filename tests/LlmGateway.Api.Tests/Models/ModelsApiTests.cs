namespace LlmGateway.Api.Tests.Models;

public class ModelsApiTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    [Fact]
    public async Task TheList_IsOfOpenAIsShapeAndHoldsEveryNameOnce()
    {
        using var response = await fixture.Client.GetAsync("/v1/models");
        var text = await response.Content.ReadAsStringAsync();
        OpenAISchemas.AssertValid("ListModelsResponse", text);
        Assert.Equal(
            ["best", "meta/llama:8b", "sim-embed", "sim-fast", "sim-paced"],
            Json.Parse(text).GetProperty("data").EnumerateArray().Select(m => m.GetProperty("id").GetString()));
    }

    [Theory]
    [InlineData("sim-fast", "sim-fast")]
    [InlineData("best", "best")]
    [InlineData("meta/llama:8b", "meta/llama:8b")]
    [InlineData("meta%2Fllama%3A8b", "meta/llama:8b")]
    [InlineData("meta%2fllama:8b", "meta/llama:8b")]
    [InlineData("up/meta/llama:8b", "up/meta/llama:8b")]
    [InlineData("up%2Fmeta/llama:8b", "up/meta/llama:8b")]
    [InlineData("sim-fast?x=1", "sim-fast")]
    public async Task AModel_IsFoundByItsNameEscapedOrNot(string path, string id)
    {
        using var response = await fixture.Client.GetAsync("/v1/models/" + path);
        var text = await response.Content.ReadAsStringAsync();
        OpenAISchemas.AssertValid("Model", text);
        Assert.Equal(id, Json.Parse(text).GetProperty("id").GetString());
    }

    [Theory]
    [InlineData("none")]
    [InlineData("sim-fast/")]
    [InlineData("%2F%2F")]
    [InlineData("%F0%9F%98%80")]
    public async Task AnUnknownModel_IsNotFound(string path)
    {
        using var response = await fixture.Client.GetAsync("/v1/models/" + path);
        await ErrorAssert.IsAsync(response, 404, "model_not_found", "model");
    }
}
