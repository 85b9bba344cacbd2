using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Providers.Tests.Anthropic;

public sealed class ChatAnswerTests : AnthropicFixture
{
    private const string Schema = "CreateChatCompletionResponse";

    [Fact]
    public async Task Document_BecomesAChatCompletion()
    {
        Server.Then(Whole(
            """{"type":"text","text":"Gr\u00fc\u00dfe ","citations":null},{"type":"text","text":"\"q\" 😀"}""",
            usage: """ "input_tokens":20,"cache_creation_input_tokens":300,"cache_read_input_tokens":4000,"output_tokens":7,"output_tokens_details":{"thinking_tokens":2},"service_tier":"standard" """));

        await using var answer = Assert.IsType<JsonAnswer>(await Provider.ChatAsync(Calls.Chat("""{"model":"ali\"as","messages":[{"role":"user","content":"x"}]}""", "m")));

        var text = System.Text.Encoding.UTF8.GetString(answer.Body.Span);
        Assert.Equal(
            """{"id":"ID","object":"chat.completion","created":T,"model":"ali\"as","choices":[{"index":0,"message":{"role":"assistant","content":"Gr\u00fc\u00dfe \"q\" 😀","refusal":null},"logprobs":null,"finish_reason":"stop"}],"""
            + """ "usage":{"prompt_tokens":4320,"completion_tokens":7,"total_tokens":4327,"prompt_tokens_details":{"cached_tokens":4000,"cache_creation_tokens":300},"completion_tokens_details":{"reasoning_tokens":2}}}""".TrimStart(),
            Normal([text]));
        OpenAISchemas.AssertValid(Schema, text);
        Assert.Equal(new TokenUsage(4320, 7) { CachedTokens = 4000, CacheWriteTokens = 300, ReasoningTokens = 2 }, answer.Usage);
        Assert.Equal("stop", answer.FinishReason);
    }

    [Fact]
    public async Task Thinking_BecomesReasoningContent_AndIsKeptWithItsSignature()
    {
        Server.Then(Whole(
            """{"type":"thinking","thinking":"2+2…\n","signature":"sig=="},{"type":"redacted_thinking","data":"enc"},{"type":"thinking","thinking":"so","signature":"s2"},{"type":"text","text":"4"}"""));

        var text = await Document();

        Assert.Contains(
            """{"role":"assistant","content":"4","refusal":null,"reasoning_content":"2+2…\nso","thinking_blocks":[{"type":"thinking","thinking":"2+2…\n","signature":"sig=="},{"type":"redacted_thinking","data":"enc"},{"type":"thinking","thinking":"so","signature":"s2"}]}""",
            text, StringComparison.Ordinal);
        OpenAISchemas.AssertValid(Schema, text);
    }

    [Fact]
    public async Task ToolUse_BecomesToolCalls_WithTextArguments()
    {
        Server.Then(Whole(
            """{"type":"tool_use","id":"toolu_a","name":"get","input":{"city": "Zürich 😀\n\"x\"", "n":[1.50,null]}},{"type":"tool_use","id":"toolu_b","name":"now","input":{}}""", "tool_use"));

        var text = await Document();

        Assert.Contains(
            """{"role":"assistant","content":null,"refusal":null,"tool_calls":[{"id":"toolu_a","type":"function","function":{"name":"get","arguments":"{\"city\": \"Zürich 😀\\n\\\"x\\\"\", \"n\":[1.50,null]}"}},{"id":"toolu_b","type":"function","function":{"name":"now","arguments":"{}"}}]},"logprobs":null,"finish_reason":"tool_calls"}""",
            text, StringComparison.Ordinal);
        OpenAISchemas.AssertValid(Schema, text);
    }

    [Theory]
    [InlineData("end_turn", "stop")]
    [InlineData("stop_sequence", "stop")]
    [InlineData("max_tokens", "length")]
    [InlineData("model_context_window_exceeded", "length")]
    [InlineData("pause_turn", "length")]
    [InlineData("tool_use", "tool_calls")]
    [InlineData("refusal", "content_filter")]
    public async Task StopReason_BecomesFinishReason(string reason, string expected)
    {
        Server.Then(Whole("""{"type":"text","text":"x"}""", reason));

        Assert.Contains($"\"finish_reason\":\"{expected}\"", await Document(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnswerWithoutContent_IsEmpty()
    {
        Server.Then(Whole("", "refusal"));

        Assert.Contains("\"content\":\"\",\"refusal\":null}", await Document(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task CountsThatAreMissing_AreZeroInTheDocument_AndUnknownToTheGateway()
    {
        Server.Then("""{"type":"message","content":[],"stop_reason":"end_turn"}""");

        await using var answer = Assert.IsType<JsonAnswer>(await Provider.ChatAsync(Calls.Chat(Ask())));

        Assert.Null(answer.Usage);
        Assert.Contains("\"usage\":{\"prompt_tokens\":0,\"completion_tokens\":0,\"total_tokens\":0,", System.Text.Encoding.UTF8.GetString(answer.Body.Span), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"type":"message","content":[{"type":"text","text":"cut"}],"stop_reason":null}""")]
    [InlineData("""{"type":"message","content":[{"type":"text","text":"cut"}]}""")]
    [InlineData("""{"type":"message","content":[{"type":"text","text":"x"}],"stop_reason":"tired"}""")]
    [InlineData("""{"type":"message","content":[{"type":"text","text":"x"}],"stop_reason":7}""")]
    [InlineData("""{"type":"message","content":"x","stop_reason":"end_turn"}""")]
    [InlineData("""{"type":"message","stop_reason":"end_turn"}""")]
    [InlineData("""{"type":"message","content":[{"type":"text"}],"stop_reason":"end_turn"}""")]
    [InlineData("""{"type":"message","content":[{"type":"text","text":7}],"stop_reason":"end_turn"}""")]
    [InlineData("""{"type":"message","content":[{"type":"hologram","text":"x"}],"stop_reason":"end_turn"}""")]
    [InlineData("""{"type":"message","content":[{"type":"tool_use","id":"a","input":{}}],"stop_reason":"tool_use"}""")]
    [InlineData("""{"type":"message","content":[{"type":"tool_use","id":"a","name":"f","input":[]}],"stop_reason":"tool_use"}""")]
    [InlineData("""{"type":"message","content":[7],"stop_reason":"end_turn"}""")]
    [InlineData("""{"type":"message","content":[],"stop_reason":"end_turn"}{}""")]
    [InlineData("""{"type":"message","content":[],"stop_reason":"end_turn" """)]
    [InlineData("[]")]
    [InlineData("")]
    public async Task DocumentThatIsNoWholeAnswer_IsAnError(string body)
    {
        Server.Then(body);

        Assert.Equal(GatewayErrorCode.UpstreamInvalidResponse, (await Error()).Code);
    }

    [Fact]
    public async Task DocumentWithBrokenCharacters_IsAnError()
    {
        byte[] bad = [.. "{\"content\":[{\"type\":\"text\",\"text\":\""u8, 0xF0, 0x9F, .. "\"}],\"stop_reason\":\"end_turn\"}"u8];
        Server.Then(async c =>
        {
            await c.SendAsync($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {bad.Length}\r\n\r\n");
            await c.SendAsync(bad);
        });

        Assert.Equal(GatewayErrorCode.UpstreamInvalidResponse, (await Error()).Code);
    }

    [Fact]
    public async Task DocumentThatIsCut_IsAnError()
    {
        Server.Then(async c =>
        {
            await c.SendAsync($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{Hello}");
            await c.CutAsync();
        });

        Assert.Equal(GatewayErrorCode.UpstreamInterrupted, (await Error()).Code);
    }

    [Fact]
    public async Task AnswerThatIsNoJson_IsAnError()
    {
        Server.Then("<html>", contentType: "text/html");

        Assert.Equal(GatewayErrorCode.UpstreamInvalidResponse, (await Error()).Code);
    }

    private static string Whole(string blocks, string reason = "end_turn", string usage = "\"input_tokens\":5,\"output_tokens\":1") =>
        $$$"""{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{{{blocks}}}],"stop_reason":"{{{reason}}}","stop_sequence":null,"usage":{{{{usage}}}}}""";

    private Task<string> Document() => Calls.DocumentAsync(Provider.ChatAsync(Calls.Chat(Ask())));

    private Task<GatewayError> Error() => Calls.ErrorAsync(Provider.ChatAsync(Calls.Chat(Ask())));
}
