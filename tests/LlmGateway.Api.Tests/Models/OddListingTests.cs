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
    [InlineData("evil\\r\\nX-Injected: 1")]
    [InlineData("\\u0000\\u007f\\u00e9")]
    public async Task AModelNameThatIsNoHeader_InjectsNone(string id)
    {
        await using var upstream = new ScriptedServer()
            .On("/v1/models", "{\"data\":[{\"id\":\"" + id + "\"}]}")
            .Then("""{"choices":[{"index":0,"message":{"role":"assistant","content":"x"},"finish_reason":"stop"}]}""");
        await using var gateway = await TestGateway.StartAsync(upstream.BaseUrl + "/v1");
        using var response = await gateway.Client.PostAsync(Json.ChatPath, Json.Content("{\"model\":\"" + id + "\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"));
        Assert.True(response.IsSuccessStatusCode);
        Assert.False(response.Headers.Contains("X-Injected"));
        Assert.Equal(Json.Parse($"\"{id}\"").GetString(), Uri.UnescapeDataString(Assert.Single(response.Headers.GetValues("x-llm-gateway-model"))));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("""{"data":{}}""")]
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

    [Theory]
    [InlineData("""{"data":null}""")]
    [InlineData("""{"models":[]}""")]
    public async Task AnEmptyList_IsNoFailure(string listing)
    {
        await using var upstream = new ScriptedServer().On("/v1/models", listing);
        await using var gateway = await TestGateway.StartAsync(upstream.BaseUrl + "/v1");
        Assert.Equal(0, Json.Parse(await gateway.Client.GetStringAsync("/v1/models")).GetProperty("data").GetArrayLength());
        Assert.Equal("ready", Json.Parse(await gateway.Client.GetStringAsync("/health/ready")).GetProperty("status").GetString());
    }
}
