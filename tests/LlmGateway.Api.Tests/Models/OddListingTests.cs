namespace LlmGateway.Api.Tests.Models;

/// <summary>Lists of models that no provider should send. A gateway must outlive each.</summary>
public class OddListingTests
{
    [Theory]
    [InlineData("""{"data":[{"id":null},{"id":"good"}]}""")]
    [InlineData("""{"data":[{"id":""},{"id":"good"}]}""")]
    [InlineData("""{"data":[{},{"id":"good"}]}""")]
    [InlineData("""{"data":[{"id":7},"text",null,{"id":"good"}]}""")]
    [InlineData("""{"data":[{"id":"\ud83d"},{"id":"good"}]}""")]
    [InlineData("""{"data":[{"id":"good","created":"yesterday","owned_by":{"name":"x"}}]}""")]
    [InlineData("""{"data":[{"id":"good","created":1.5,"owned_by":null},{"id":"good"}]}""")]
    public async Task WhatIsOddInAList_IsLeftOutAndTheRestServed(string listing)
    {
        await using var upstream = new ScriptedServer().On("/v1/models", listing);
        await using var gateway = await TestGateway.StartAsync(upstream.BaseUrl + "/v1");
        using var response = await gateway.Client.GetAsync("/v1/models");
        var text = await response.Content.ReadAsStringAsync();
        OpenAISchemas.AssertValid("ListModelsResponse", text);
        Assert.Equal(["good"], Json.Parse(text).GetProperty("data").EnumerateArray().Select(m => m.GetProperty("id").GetString()));
        Assert.Empty(gateway.Errors);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("""{"data":null}""")]
    [InlineData("""{"data":{}}""")]
    [InlineData("""{"models":[]}""")]
    public async Task AListThatIsNone_DegradesTheProviderAndNotTheGateway(string listing)
    {
        await using var upstream = new ScriptedServer().On("/v1/models", listing);
        await using var gateway = await TestGateway.StartAsync(upstream.BaseUrl + "/v1");
        using var models = await gateway.Client.GetAsync("/v1/models");
        OpenAISchemas.AssertValid("ListModelsResponse", await models.Content.ReadAsStringAsync());
        using var ready = await gateway.Client.GetAsync("/health/ready");
        Assert.Equal("degraded", Json.Parse(await ready.Content.ReadAsStringAsync()).GetProperty("status").GetString());
        Assert.Empty(gateway.Errors);
    }
}
