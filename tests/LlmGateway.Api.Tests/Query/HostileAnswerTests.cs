using System.Text.Json;

namespace LlmGateway.Api.Tests.Query;

/// <summary>Answers of odd servers by the plain endpoints: the same text, or the same error, as by the others.</summary>
public sealed class HostileAnswerTests : IAsyncLifetime
{
    private const string Sse = "text/event-stream";

    private readonly ScriptedServer _upstream = new ScriptedServer().On("/v1/models", """{"object":"list","data":[{"id":"m","object":"model","created":1,"owned_by":"o"}]}""");
    private TestGateway _gateway = null!;

    public async Task InitializeAsync() => _gateway = await TestGateway.StartAsync(
        _upstream.BaseUrl + "/v1", ("Providers:up:Models:m:Prices:Input", "3"), ("Providers:up:Models:m:Prices:Output", "10"), ("Routing:AttemptsPerTarget", "1"));

    public async Task DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    /// <summary>Mistral's form of content.</summary>
    [Fact]
    public async Task ContentInParts_IsTextInAStreamToo()
    {
        _upstream.ThenStream(
            Sse,
            """data: {"choices":[{"index":0,"delta":{"role":"assistant","content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]}]},"finish_reason":null}]}""" + "\n\n",
            """data: {"choices":[{"index":0,"delta":{"content":[{"type":"text","text":"Hi \"\n"},{"type":"text","text":"<th"}]},"finish_reason":null}]}""" + "\n\n",
            """data: {"choices":[{"index":0,"delta":{"content":"ere>"},"finish_reason":"stop"}]}""" + "\n\n",
            "data: [DONE]\n\n");
        var sse = SseText.Parse(await PostAsync("/stream", """{"prompt":"x","model":"m"}"""));
        Assert.True(sse.IsDone);
        Assert.Equal("Hi \"\n<there>", string.Concat(sse.Chunks.Select(c => c.GetProperty("chunk").GetString())));

        _upstream.Then("""{"choices":[{"index":0,"message":{"role":"assistant","content":[{"type":"text","text":"Hi "},{"type":"text","text":"there"}]},"finish_reason":"stop"}]}""");
        Assert.Equal("Hi there", Json.Parse(await PostAsync("/query", """{"prompt":"x","model":"m"}""")).GetProperty("response").GetString());
    }

    [Theory]
    [InlineData("\"\"")]
    [InlineData("\"error\"")]
    public async Task AnAnswerThatDoesNotTellItsEnd_IsNone(string reason)
    {
        _upstream.ThenStream(Sse, $$"""data: {"choices":[{"index":0,"delta":{"content":"The answer is "},"finish_reason":{{reason}}}]}""" + "\n\n");
        var sse = SseText.Parse(await PostAsync("/stream", """{"prompt":"x","model":"m"}"""));
        Assert.False(sse.IsDone);
        Assert.NotNull(sse.Error);

        _upstream.Then($$$"""{"choices":[{"index":0,"message":{"role":"assistant","content":"The answer is "},"finish_reason":{{{reason}}}}]}""");
        Assert.Contains("upstream_invalid_response", await PostAsync("/query", """{"prompt":"x","model":"m"}"""), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatTheTotalShows_IsUsedAndPaidFor()
    {
        _upstream.Then("""{"choices":[{"index":0,"message":{"role":"assistant","content":"x"},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":4,"total_tokens":514}}""");
        var answer = Json.Parse(await PostAsync("/query", """{"prompt":"x","model":"m"}"""));
        Assert.Equal((514, 0.00507m), (answer.GetProperty("tokens_used").GetInt32(), answer.GetProperty("cost").GetDecimal()));

        _upstream.Then("""{"choices":[{"index":0,"message":{"role":"assistant","content":"x"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9223372036854775807,"completion_tokens":9223372036854775807}}""");
        Assert.True(Json.Parse(await PostAsync("/query", """{"prompt":"x","model":"m"}""")).GetProperty("tokens_used").GetInt64() > 0);
    }

    private async Task<string> PostAsync(string path, string json)
    {
        using var response = await _gateway.Client.PostAsync(path, Json.Content(json));
        return await response.Content.ReadAsStringAsync();
    }
}
