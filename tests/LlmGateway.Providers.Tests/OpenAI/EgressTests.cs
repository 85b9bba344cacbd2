using System.Diagnostics;
using System.Text;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Providers;
using LlmGateway.Providers.OpenAI;

namespace LlmGateway.Providers.Tests.OpenAI;

/// <summary>What leaves the house with a call, and what comes back of the house's own.</summary>
public sealed class EgressTests : OpenAIFixture
{
    private const string Ask = """{"model":"m","messages":[{"role":"user","content":"x"}]}""";
    private const string Answer = """{"id":"1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}]}""";

    [Fact]
    public async Task OfTheCallersTrace_OnlyTheParentLeaves()
    {
        Server.Then(Answer);
        using var activity = new Activity("request").SetIdFormat(ActivityIdFormat.W3C);
        activity.TraceStateString = "corp=secret-tenant-7";
        activity.AddBaggage("patient", "Jane Doe");
        activity.Start();
        await using var answer = await Provider.ChatAsync(Calls.Chat(Ask));
        Assert.Contains(activity.TraceId.ToHexString(), Server.Only.Header("traceparent"), StringComparison.Ordinal);
        Assert.Null(Server.Only.Header("tracestate"));
        Assert.Null(Server.Only.Header("baggage"));
        Assert.Null(Server.Only.Header("Correlation-Context"));
        Assert.DoesNotContain("Jane", Server.Only.Head, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"error":{"message":"http://HOST/internal failed with Authorization: Bearer KEY at 10.20.30.40:8000","type":"t","param":null,"code":null}}""")]
    [InlineData("""{"error":{"message":"KEY at HOST, 10.20.30.40:8000"}}""")]
    [InlineData("""{"detail":"sk-other-SECRETKEY123 on 192.168.1.7, HOST"}""")]
    public async Task WhatAProviderSaysOfARequest_NamesNoKeyAndNoAddress(string body)
    {
        const string key = "upstream-key-0123456789";
        var provider = Make(new ProviderOptions { ApiKey = key });
        var host = new Uri(Server.BaseUrl).Authority;
        Server.Then(body.Replace("KEY", key, StringComparison.Ordinal).Replace("HOST", host, StringComparison.Ordinal), 400);
        var error = await Calls.ErrorAsync(provider.ChatAsync(Calls.Chat(Ask)));
        var told = error.Message + Encoding.UTF8.GetString(error.UpstreamBody.Span);
        Assert.Equal(GatewayErrorCode.UpstreamRejected, error.Code);
        Assert.DoesNotContain(key, told, StringComparison.Ordinal);
        Assert.DoesNotContain("SECRETKEY", told, StringComparison.Ordinal);
        Assert.DoesNotContain(host, told, StringComparison.Ordinal);
        Assert.DoesNotContain("10.20.30.40", told, StringComparison.Ordinal);
        Assert.DoesNotContain("192.168", told, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://169.254.169.254/latest/meta-data")]
    [InlineData("https://x/y.png")]
    [InlineData("file:///etc/passwd")]
    [InlineData("//host/x")]
    public async Task VLlm_IsNotSentToFetchMedia(string url)
    {
        var ask = $$$"""{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"{{{url}}}"}}]}]}""";
        var error = await Calls.ErrorAsync(Make(new ProviderOptions(), OpenAIProfile.VLlm).ChatAsync(Calls.Chat(ask)));
        Assert.Equal((GatewayErrorCode.UnsupportedOperation, "messages"), (error.Code, error.Param));
        Assert.Empty(Server.Requests);

        Server.Then(Answer);
        await using var allowed = await Make(new ProviderOptions { AllowRemoteMedia = true }, OpenAIProfile.VLlm).ChatAsync(Calls.Chat(ask));
        Assert.Single(Server.Requests);
    }

    [Theory]
    [InlineData("""[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA","detail":"low"}}]}]""")]
    [InlineData("""[{"role":"user","content":"see http://x/image_url"}]""")]
    public async Task VLlm_GetsWhatIsInTheRequest(string messages)
    {
        Server.Then(Answer);
        await using var answer = await Make(new ProviderOptions(), OpenAIProfile.VLlm).ChatAsync(Calls.Chat($$"""{"model":"m","messages":{{messages}}}"""));
        Assert.Single(Server.Requests);
    }
}
