using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Providers.Tests.Ollama;

public sealed class ChatAnswerTests : OllamaFixture
{
    private const string Schema = "CreateChatCompletionResponse";

    [Fact]
    public async Task Document_BecomesAChatCompletion()
    {
        Server.Then(Whole("\"content\":\"Gr\\u00fc\\u00dfe \\\"q\\\" 😀 \\u003cb\\u003e\""));

        await using var answer = Assert.IsType<JsonAnswer>(await Provider.ChatAsync(Calls.Chat("""{"model":"ali\"as","messages":[{"role":"user","content":"x"}]}""", "m")));

        var text = System.Text.Encoding.UTF8.GetString(answer.Body.Span);
        Assert.Equal(
            """{"id":"ID","object":"chat.completion","created":T,"model":"ali\"as","choices":[{"index":0,"message":{"role":"assistant","content":"Gr\u00fc\u00dfe \"q\" 😀 \u003cb\u003e","refusal":null},"logprobs":null,"finish_reason":"stop"}],""" + Metrics + "}",
            Normal([text]));
        OpenAISchemas.AssertValid(Schema, text);
        Assert.Equal(new TokenUsage(26, 290), answer.Usage);
        Assert.Equal("stop", answer.FinishReason);
    }

    [Fact]
    public async Task Thinking_BecomesReasoningContent()
    {
        Server.Then(Whole("\"content\":\"4\",\"thinking\":\"2+2…\""));

        var text = await Document();

        Assert.Contains("""{"role":"assistant","content":"4","refusal":null,"reasoning_content":"2+2…"}""", text, StringComparison.Ordinal);
        OpenAISchemas.AssertValid(Schema, text);
    }

    [Fact]
    public async Task ToolCalls_HaveTextArguments_AndTheirFinishReason()
    {
        Server.Then(Whole(
            "\"content\":\"\",\"tool_calls\":[{\"id\":\"call_a\",\"function\":{\"index\":0,\"name\":\"get\",\"arguments\":{\"city\": \"Zürich 😀\\n\\\"x\\\"\", \"n\":[1.50,null]}}},{\"function\":{\"name\":\"now\"}}]"));

        var text = await Document();

        Assert.Contains(
            """{"role":"assistant","content":null,"refusal":null,"tool_calls":[{"id":"call_a","type":"function","function":{"name":"get","arguments":"{\"city\": \"Zürich 😀\\n\\\"x\\\"\", \"n\":[1.50,null]}"}},{"id":"call_""", text, StringComparison.Ordinal);
        Assert.Contains(""","type":"function","function":{"name":"now","arguments":"{}"}}]}""", text, StringComparison.Ordinal);
        Assert.Contains("\"finish_reason\":\"tool_calls\"", text, StringComparison.Ordinal);
        OpenAISchemas.AssertValid(Schema, text);
    }

    [Fact]
    public async Task Logprobs_BecomeOpenAIs()
    {
        Server.Then(Whole("\"content\":\"Hi\"", """ "logprobs":[{"token":"Hi","logprob":-0.25,"bytes":[72,105],"top_logprobs":[{"token":"Hi","logprob":-0.25,"bytes":[72,105]},{"token":"Yo","logprob":-2}]},{"token":"","logprob":0}], """));

        var text = await Document();

        Assert.Contains(
            """ "logprobs":{"content":[{"token":"Hi","logprob":-0.25,"bytes":[72,105],"top_logprobs":[{"token":"Hi","logprob":-0.25,"bytes":[72,105]},{"token":"Yo","logprob":-2,"bytes":null}]},{"token":"","logprob":0,"bytes":null,"top_logprobs":[]}],"refusal":null} """.Trim(),
            text, StringComparison.Ordinal);
        OpenAISchemas.AssertValid(Schema, text);
    }

    [Theory]
    [InlineData("\"stop\"", "stop")]
    [InlineData("\"length\"", "length")]
    [InlineData("null", "stop")]
    public async Task DoneReason_BecomesFinishReason(string reason, string expected)
    {
        Server.Then(Whole("\"content\":\"x\"").Replace("\"done_reason\":\"stop\"", "\"done_reason\":" + reason, StringComparison.Ordinal));

        Assert.Contains($"\"finish_reason\":\"{expected}\"", await Document(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task CountsThatAreMissing_AreZeroInTheDocument_AndUnknownToTheGateway()
    {
        Server.Then("""{"message":{"role":"assistant","content":"x"},"done":true}""");

        await using var answer = Assert.IsType<JsonAnswer>(await Provider.ChatAsync(Calls.Chat(Ask())));

        Assert.Null(answer.Usage);
        Assert.Contains("\"usage\":{\"prompt_tokens\":0,\"completion_tokens\":0,\"total_tokens\":0}", System.Text.Encoding.UTF8.GetString(answer.Body.Span), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"message":{"role":"assistant","content":"cut"},"done":false}""")]
    [InlineData("""{"message":{"role":"assistant","content":"cut"}}""")]
    [InlineData("""{"message":{"role":"assistant","content":""},"done":true,"done_reason":"load"}""")]
    [InlineData("""{"message":{"role":"assistant","content":""},"done":true,"done_reason":"unload"}""")]
    [InlineData("""{"message":{"role":"assistant","content":7},"done":true}""")]
    [InlineData("""{"message":{"role":"assistant","content":"x","tool_calls":[{"function":{"arguments":{}}}]},"done":true}""")]
    [InlineData("""{"message":{"role":"assistant","content":"x","tool_calls":[7]},"done":true}""")]
    [InlineData("""{"message":{"role":"assistant","content":"x"},"logprobs":[{"token":"x"}],"done":true}""")]
    [InlineData("""{"message":{"role":"assistant","content":"x"},"done":true""")]
    [InlineData("""{"message":{"role":"assistant","content":"x"},"done":true}{}""")]
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
        byte[] bad = [.. "{\"message\":{\"content\":\""u8, 0xF0, 0x9F, .. "\"},\"done\":true}"u8];
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
            await c.SendAsync($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{Whole("\"content\":\"x\"")}");
            await c.CutAsync();
        });

        Assert.Equal(GatewayErrorCode.UpstreamInterrupted, (await Error()).Code);
    }

    private static string Whole(string message, string fields = "") =>
        DoneLine.TrimEnd().Replace("\"role\":\"assistant\",\"content\":\"\"", "\"role\":\"assistant\"," + message, StringComparison.Ordinal)
            .Replace("\"done\":true", fields + "\"done\":true", StringComparison.Ordinal);

    private Task<string> Document() => Calls.DocumentAsync(Provider.ChatAsync(Calls.Chat(Ask())));

    private Task<GatewayError> Error() => Calls.ErrorAsync(Provider.ChatAsync(Calls.Chat(Ask())));
}
