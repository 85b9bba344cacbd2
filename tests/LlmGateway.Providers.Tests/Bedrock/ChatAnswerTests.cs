using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;

namespace LlmGateway.Providers.Tests.Bedrock;

public sealed class ChatAnswerTests : BedrockFixture
{
    [Fact]
    public async Task Answer_IsTranslated()
    {
        var document = await AnswerAsync(
            """[{"reasoningContent":{"reasoningText":{"text":"hm\n","signature":"s1"}}},{"reasoningContent":{"redactedContent":"AAEC"}},{"text":"Grüße "},{"text":"\"😀\""},{"toolUse":{"input":{"a":[1,"x"]},"name":"f","toolUseId":"t1"}},{"toolUse":{"toolUseId":"t2","name":"g","input":{}}}]""",
            "tool_use",
            """{"inputTokens":20,"outputTokens":15,"totalTokens":4335,"cacheReadInputTokens":4000,"cacheWriteInputTokens":300}""");

        Assert.Equal(
            """{"id":"ID","object":"chat.completion","created":T,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Grüße \"😀\"","refusal":null,"reasoning_content":"hm\n","thinking_blocks":[{"type":"thinking","thinking":"hm\n","signature":"s1"},{"type":"redacted_thinking","data":"AAEC"}],"tool_calls":[{"id":"t1","type":"function","function":{"name":"f","arguments":"{\"a\":[1,\"x\"]}"}},{"id":"t2","type":"function","function":{"name":"g","arguments":"{}"}}]},"logprobs":null,"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":4320,"completion_tokens":15,"total_tokens":4335,"prompt_tokens_details":{"cached_tokens":4000,"cache_creation_tokens":300}}}""",
            Normal([document]));
    }

    [Theory]
    [InlineData("end_turn", "stop")]
    [InlineData("stop_sequence", "stop")]
    [InlineData("max_tokens", "length")]
    [InlineData("model_context_window_exceeded", "length")]
    [InlineData("tool_use", "tool_calls")]
    [InlineData("guardrail_intervened", "content_filter")]
    [InlineData("content_filtered", "content_filter")]
    public async Task StopReasons_AreTranslated(string told, string finishReason) =>
        Assert.Contains($"\"finish_reason\":\"{finishReason}\"", await AnswerAsync("""[{"text":"x"}]""", told), StringComparison.Ordinal);

    [Theory]
    [InlineData("malformed_model_output")]
    [InlineData("malformed_tool_use")]
    [InlineData("tired")]
    public async Task OutputThatIsCalledMalformed_IsAnError(string told)
    {
        Server.Then(Document("""[{"text":"x"}]""", told));

        Assert.Equal(GatewayErrorCode.UpstreamInvalidResponse, (await RefusedAsync(Ask())).Code);
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""[]""")]
    [InlineData("not json")]
    [InlineData("""{"output":{"message":{"role":"assistant","content":[{"text":"x"}]}}}""")]
    [InlineData("""{"stopReason":"end_turn"}""")]
    [InlineData("""{"output":{"message":{"content":[{"text":7}]}},"stopReason":"end_turn"}""")]
    [InlineData("""{"output":{"message":{"content":[{"image":{}}]}},"stopReason":"end_turn"}""")]
    [InlineData("""{"output":{"message":{"content":[{"toolUse":{"toolUseId":"a","name":"f","input":7}}]}},"stopReason":"end_turn"}""")]
    [InlineData("""{"output":{"message":{"content":[{"toolUse":{"name":"f","input":{}}}]}},"stopReason":"end_turn"}""")]
    [InlineData("""{"output":{"message":{"content":[{"toolUse":{"toolUseId":"a","name":"f","input":{},"type":"server_tool_use"}}]}},"stopReason":"end_turn"}""")]
    [InlineData("""{"output":{"message":{"content":[{"text":"x","toolUse":{"toolUseId":"a","name":"f","input":{}}}]}},"stopReason":"end_turn"}""")]
    [InlineData("""{"output":{"message":{"content":[{}]}},"stopReason":"end_turn"}""")]
    [InlineData("""{"output":{"message":{"content":[{"text":"x"}],"content":[]}},"stopReason":"end_turn"}""")]
    [InlineData("""{"output":{"message":{"content":{"text":"x"}}},"stopReason":"end_turn"}""")]
    [InlineData("""{"output":{"message":{"content":[{"text":"x"}]}},"stopReason":"end_turn"} 7""")]
    public async Task WhatIsNoAnswer_IsAnError(string body)
    {
        Server.Then(body);

        Assert.Equal(GatewayErrorCode.UpstreamInvalidResponse, (await RefusedAsync(Ask())).Code);
    }

    [Fact]
    public async Task EmptyAnswer_IsAnAnswer() =>
        Assert.Contains("\"content\":\"\",", await AnswerAsync("[]", "end_turn"), StringComparison.Ordinal);

    [Fact]
    public async Task CutAnswer_IsAnError()
    {
        Server.Then(async c =>
        {
            await c.SendAsync($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {Hello.Length}\r\n\r\n{Hello[..^20]}");
            await c.CutAsync();
        });

        Assert.Equal(GatewayErrorCode.UpstreamInterrupted, (await RefusedAsync(Ask())).Code);
    }

    [Fact]
    public async Task Tokens_AreCounted()
    {
        Server.Then(Hello);

        await using var answer = await Provider.ChatAsync(Calls.Chat(Ask(), Model));

        var json = Assert.IsType<JsonAnswer>(answer);
        Assert.Equal((5, 1, "stop"), (json.Usage!.Value.PromptTokens, json.Usage.Value.CompletionTokens, json.FinishReason));
    }

    private static string Document(string content, string reason, string usage = """{"inputTokens":5,"outputTokens":1,"totalTokens":6}""") =>
        $$$"""{"metrics":{"latencyMs":7},"output":{"message":{"content":{{{content}}},"role":"assistant"}},"stopReason":"{{{reason}}}","usage":{{{usage}}}}""";

    private async Task<string> AnswerAsync(string content, string reason, string usage = """{"inputTokens":5,"outputTokens":1,"totalTokens":6}""")
    {
        Server.Then(Document(content, reason, usage));
        return await Calls.DocumentAsync(Provider.ChatAsync(Calls.Chat(Ask(), Model)));
    }
}
