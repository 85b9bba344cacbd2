using System.Text.RegularExpressions;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Providers;
using LlmGateway.Providers.BedrockProxy;

namespace LlmGateway.Providers.Tests.BedrockProxy;

public sealed partial class BedrockProxyTests : IAsyncLifetime
{
    private const string Ask = """{"model":"m","messages":[{"role":"user","content":"x"}]}""";

    private readonly ScriptedServer _server = new();
    private readonly ManualTimeProvider _time = new();
    private IModelProvider _provider = null!;

    public Task InitializeAsync()
    {
        var options = new ProviderOptions { BaseUrl = _server.BaseUrl + "/invoke", ApiKey = "k" };
        _provider = new BedrockProxyProviderFactory(_time, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance).Create("bedrock", options);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Request_IsThatOfTheProxy()
    {
        _server.Then("""{"response":"hi"}""");

        await Calls.DocumentAsync(_provider.ChatAsync(Calls.Chat("""{"model":"m","messages":[{"role":"user","content":"Grüße"}],"max_tokens":5,"temperature":0.5}""", "claude")));

        Assert.Equal(("POST", "/invoke", "Bearer k"), (_server.Only.Method, _server.Only.Path, _server.Only.Header("Authorization")));
        Assert.Equal("""{"model":"claude","prompt":"Grüße","messages":[{"role":"user","content":"Grüße"}],"max_tokens":5,"temperature":0.5}""", _server.Only.Text);
    }

    [Fact]
    public async Task Conversation_BecomesOnePrompt()
    {
        _server.Then("""{"response":"hi"}""");

        await Calls.DocumentAsync(_provider.ChatAsync(Calls.Chat(
            """{"model":"m","messages":[{"role":"developer","content":"s"},{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},{"role":"assistant","content":"c"},{"role":"user","content":"d"}]}""")));

        Assert.Equal(
            """{"model":"m","prompt":"System: s\n\nUser: a\nb\n\nAssistant: c\n\nUser: d\n\nAssistant:","messages":[{"role":"system","content":"s"},{"role":"user","content":"a\nb"},{"role":"assistant","content":"c"},{"role":"user","content":"d"}]}""",
            _server.Only.Text);
    }

    [Theory]
    [InlineData("""{"response":"hi \"you\""}""", "stop", 0, 0)]
    [InlineData("""{"completion":"hi \"you\"","stop_reason":"max_tokens"}""", "length", 0, 0)]
    [InlineData("""{"output":"hi \"you\"","usage":{"input_tokens":3,"output_tokens":4}}""", "stop", 3, 4)]
    [InlineData("""{"text":"hi \"you\"","stop_reason":"end_turn"}""", "stop", 0, 0)]
    [InlineData("""{"choices":[{"message":{"role":"assistant","content":"hi \"you\""},"finish_reason":"content_filter"}],"usage":{"prompt_tokens":3,"completion_tokens":4}}""", "content_filter", 3, 4)]
    [InlineData("""{"output":{"message":{"role":"assistant","content":[{"reasoningContent":{}},{"text":"hi "},{"text":"\"you\""}]}},"stopReason":"end_turn","usage":{"inputTokens":3,"outputTokens":4}}""", "stop", 3, 4)]
    public async Task Answers_OfAllShapes_AreTranslated(string answer, string reason, int prompt, int completion)
    {
        _server.Then(answer).Then(answer);

        var document = await Calls.DocumentAsync(_provider.ChatAsync(Calls.Chat(Ask)));
        var read = await Calls.ReadAsync(_provider.ChatAsync(Calls.Chat(Ask[..^1] + ",\"stream\":true,\"stream_options\":{\"include_usage\":true}}")));

        Assert.Equal(
            $$$$"""{"id":"ID","object":"chat.completion","created":1767225600,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"hi \"you\"","refusal":null},"logprobs":null,"finish_reason":"{{{{reason}}}}"}],"usage":{"prompt_tokens":{{{{prompt}}}},"completion_tokens":{{{{completion}}}},"total_tokens":{{{{prompt + completion}}}},"prompt_tokens_details":{"cached_tokens":0,"cache_creation_tokens":0}}}""",
            AnswerId().Replace(document, "ID"));
        Assert.Equal((StreamState.Completed, reason), (read.State, read.FinishReason));
        Assert.Equal(prompt > 0 ? 4 : 3, read.Chunks.Count);
        Assert.Contains("""{"content":"hi \"you\""}""", read.Chunks[1], StringComparison.Ordinal);
        Assert.Equal(prompt > 0 ? new TokenUsage(prompt, completion) : null, read.Usage);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("\"hi\"")]
    [InlineData("not json")]
    [InlineData("""{"response":7}""")]
    [InlineData("""{"response":"x","stop_reason":"tired"}""")]
    [InlineData("""{"response":"\ud800"}""")]
    [InlineData("""{"choices":[]}""")]
    [InlineData("""{"choices":[{"message":{"content":"x"}}]}""")]
    [InlineData("""{"choices":[{"message":{"content":null,"tool_calls":[{}]},"finish_reason":"stop"}]}""")]
    [InlineData("""{"output":{"message":{"content":[{"text":"x"}]}}}""")]
    [InlineData("""{"output":{"message":{"content":[{"toolUse":{}}]}},"stopReason":"tool_use"}""")]
    public async Task AnswerOfNoKnownShape_IsAnError(string answer)
    {
        _server.Then(answer);

        Assert.Equal(GatewayErrorCode.UpstreamInvalidResponse, (await Calls.ErrorAsync(_provider.ChatAsync(Calls.Chat(Ask)))).Code);
    }

    [Fact]
    public async Task Errors_AreTold()
    {
        _server.Then("""{"error":"model is down"}""").Then("""{"error":{"message":"slow"}}""", 429).Then("hi", contentType: "text/plain");

        Assert.Equal(GatewayErrorCode.UpstreamError, (await Calls.ErrorAsync(_provider.ChatAsync(Calls.Chat(Ask)))).Code);
        Assert.Equal(GatewayErrorCode.UpstreamRateLimited, (await Calls.ErrorAsync(_provider.ChatAsync(Calls.Chat(Ask)))).Code);
        Assert.Equal(GatewayErrorCode.UpstreamInvalidResponse, (await Calls.ErrorAsync(_provider.ChatAsync(Calls.Chat(Ask)))).Code);
    }

    [Theory]
    [InlineData("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]", "tools")]
    [InlineData("\"stop\":\"x\"", "stop")]
    [InlineData("\"top_p\":0.5", "top_p")]
    [InlineData("\"n\":2", "n")]
    [InlineData("\"response_format\":{\"type\":\"json_object\"}", "response_format")]
    [InlineData("\"reasoning_effort\":\"low\"", "reasoning_effort")]
    public async Task WhatTheProxyHasNoPlaceFor_IsRefused(string fields, string param)
    {
        var error = await Calls.ErrorAsync(_provider.ChatAsync(Calls.Chat($"{Ask[..^1]},{fields}}}")));

        Assert.Equal((GatewayErrorCode.UnsupportedOperation, param), (error.Code, error.Param));
        Assert.Empty(_server.Requests);
    }

    [Fact]
    public async Task OtherContentThanText_IsRefused()
    {
        var image = await Calls.ErrorAsync(_provider.ChatAsync(Calls.Chat(
            """{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAEC"}}]}]}""")));
        var tool = await Calls.ErrorAsync(_provider.ChatAsync(Calls.Chat("""{"model":"m","messages":[{"role":"tool","tool_call_id":"a","content":"x"}]}""")));
        var embeddings = await Calls.ErrorAsync(_provider.EmbedAsync(Calls.Make(Operation.Embeddings, """{"model":"m","input":"x"}""")));
        var completion = await Calls.ErrorAsync(_provider.CompleteAsync(Calls.Make(Operation.Completion, """{"model":"m","prompt":"x"}""")));

        Assert.All([image, tool, embeddings, completion], e => Assert.Equal(GatewayErrorCode.UnsupportedOperation, e.Code));
    }

    [Theory]
    [InlineData(200)]
    [InlineData(404)]
    [InlineData(405)]
    [InlineData(501)]
    public async Task ProxyThatAnswersAnything_IsThere(int status)
    {
        _server.Then("no", status, "text/plain").Then("no", status, "text/plain");

        Assert.Null(await _provider.ProbeAsync(CancellationToken.None));
        Assert.Equal((0, null), ((await _provider.ListModelsAsync(CancellationToken.None)).Models.Count, (GatewayError?)null));
    }

    [Fact]
    public async Task ProxyThatIsAway_IsAnError()
    {
        var provider = new BedrockProxyProviderFactory(_time, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance).Create("bedrock", new ProviderOptions { BaseUrl = "http://127.0.0.1:1/invoke" });

        Assert.Equal(GatewayErrorCode.UpstreamUnavailable, (await provider.ListModelsAsync(CancellationToken.None)).Error?.Code);
        Assert.Equal(GatewayErrorCode.UpstreamUnavailable, (await Calls.ErrorAsync(provider.ChatAsync(Calls.Chat(Ask)))).Code);
    }

    [GeneratedRegex("chatcmpl-[0-9a-f]{32}")]
    private static partial Regex AnswerId();
}
