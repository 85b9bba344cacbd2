using System.Text;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Providers.Tests.Anthropic;

public sealed class ChatStreamTests : AnthropicFixture
{
    private const string Schema = "CreateChatCompletionStreamResponse";
    private const string Head = """{"id":"ID","object":"chat.completion.chunk","created":T,"model":"m","choices":[""";
    private const string Role = Head + """{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}""";
    private const string Stop = Head + """{"index":0,"delta":{},"finish_reason":"stop"}]}""";

    [Fact]
    public async Task Events_BecomeChunks()
    {
        var read = await StreamAsync(
            AskStream(), MessageStart, Ping, TextBlock(0, "Gr\\u00fc\\u00dfe", " 😀 \\\"q\\\"", ""), Ping, MessageDelta("end_turn"), MessageStop);

        AssertChunks(read, Role, Text("Gr\\u00fc\\u00dfe"), Text(" 😀 \\\"q\\\""), Stop);
        Assert.Equal(new TokenUsage(4320, 15) { CachedTokens = 4000, CacheWriteTokens = 300 }, read.Usage);
        Assert.Equal("stop", read.FinishReason);
        Assert.Equal(
            """{"model":"m","max_tokens":4096,"messages":[{"role":"user","content":[{"type":"text","text":"x"}]}],"stream":true}""", Server.Only.Text);
    }

    [Fact]
    public async Task UsageChunk_ComesLast_WhenAskedFor_WithTheLatestCounts()
    {
        var read = await StreamAsync(
            AskStream("\"stream_options\":{\"include_usage\":true}"),
            MessageStart, TextBlock(0, "x"), MessageDelta("end_turn", "\"input_tokens\":21,\"cache_read_input_tokens\":null,\"output_tokens\":15"), MessageStop);

        AssertChunks(
            read,
            [
                .. new[] { Role, Text("x"), Stop }.Select(c => c[..^1] + ",\"usage\":null}"),
                Head + """],"usage":{"prompt_tokens":4321,"completion_tokens":15,"total_tokens":4336,"prompt_tokens_details":{"cached_tokens":4000,"cache_creation_tokens":300}}}""",
            ]);
    }

    [Fact]
    public async Task ToolUse_IsCountedFromZeroWhateverItsBlock()
    {
        var read = await StreamAsync(
            AskStream(),
            MessageStart,
            TextBlock(0, "Let me look."),
            BlockStart(1, """{"type":"tool_use","id":"toolu_a","name":"get","input":{}}"""),
            Delta(1, """{"type":"input_json_delta","partial_json":""}"""),
            Delta(1, """{"type":"input_json_delta","partial_json":"{\"city\": \"Z\u00fc"}"""),
            Delta(1, """{"type":"input_json_delta","partial_json":"rich 😀\"}"}"""),
            BlockStop(1),
            BlockStart(2, """{"type":"tool_use","id":"toolu_b","name":"now","input":{}}"""),
            BlockStop(2),
            BlockStart(3, """{"type":"tool_use","id":"toolu_c","name":"whole","input":{"a": 1}}"""),
            BlockStop(3),
            MessageDelta("tool_use"),
            MessageStop);

        AssertChunks(
            read,
            Role,
            Text("Let me look."),
            Tool(0, "\"id\":\"toolu_a\",\"type\":\"function\",\"function\":{\"name\":\"get\",\"arguments\":\"\"}"),
            Tool(0, "\"function\":{\"arguments\":\"{\\\"city\\\": \\\"Z\\u00fc\"}"),
            Tool(0, "\"function\":{\"arguments\":\"rich 😀\\\"}\"}"),
            Tool(1, "\"id\":\"toolu_b\",\"type\":\"function\",\"function\":{\"name\":\"now\",\"arguments\":\"\"}"),
            Tool(1, "\"function\":{\"arguments\":\"{}\"}"),
            Tool(2, "\"id\":\"toolu_c\",\"type\":\"function\",\"function\":{\"name\":\"whole\",\"arguments\":\"\"}"),
            Tool(2, "\"function\":{\"arguments\":\"{\\\"a\\\": 1}\"}"),
            Stop.Replace("\"stop\"", "\"tool_calls\"", StringComparison.Ordinal));
        Assert.Equal("tool_calls", read.FinishReason);
    }

    [Fact]
    public async Task Thinking_ComesAsReasoningContent_AndItsSignatureByIndex()
    {
        var read = await StreamAsync(
            AskStream(),
            MessageStart,
            BlockStart(0, """{"type":"thinking","thinking":"","signature":""}"""),
            Delta(0, """{"type":"thinking_delta","thinking":"2+2…"}"""),
            Delta(0, """{"type":"signature_delta","signature":"sig=="}"""),
            BlockStop(0),
            BlockStart(1, """{"type":"redacted_thinking","data":"enc"}"""),
            BlockStop(1),
            BlockStart(2, """{"type":"thinking","thinking":"so","signature":"s2"}"""),
            BlockStop(2),
            TextBlock(3, "4"),
            MessageDelta("end_turn"),
            MessageStop);

        AssertChunks(
            read,
            Role,
            Head + """{"index":0,"delta":{"reasoning_content":"2+2…"},"finish_reason":null}]}""",
            Head + """{"index":0,"delta":{"thinking_blocks":[{"index":0,"type":"thinking","signature":"sig=="}]},"finish_reason":null}]}""",
            Head + """{"index":0,"delta":{"thinking_blocks":[{"index":1,"type":"redacted_thinking","data":"enc"}]},"finish_reason":null}]}""",
            Head + """{"index":0,"delta":{"reasoning_content":"so"},"finish_reason":null}]}""",
            Head + """{"index":0,"delta":{"thinking_blocks":[{"index":2,"type":"thinking","signature":"s2"}]},"finish_reason":null}]}""",
            Text("4"),
            Stop);
    }

    [Fact]
    public async Task UnknownEventsAndCitations_AreLeftAlone()
    {
        var read = await StreamAsync(
            AskStream(),
            MessageStart,
            "event: telemetry\ndata: {\"type\":\"telemetry\",\"delta\":{\"type\":\"x\"}}\n\n: comment\n\n",
            BlockStart(0, """{"type":"text","text":"a","citations":[]}"""),
            Delta(0, """{"type":"citations_delta","citation":{"type":"char_location","cited_text":"x"}}"""),
            BlockStop(0),
            MessageDelta("end_turn"),
            MessageStop);

        AssertChunks(read, Role, Text("a"), Stop);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(50)]
    public async Task Chunks_AreTheSameHoweverTheBytesArrive(int size)
    {
        var bytes = Encoding.UTF8.GetBytes(
            MessageStart.Replace("\n", "\r\n", StringComparison.Ordinal) + TextBlock(0, "Grüße 😀", "漢字") + MessageDelta("end_turn") + MessageStop);
        Server.Then(async c =>
        {
            await c.SendHeadAsync(EventStream);
            foreach (var piece in bytes.Chunk(size))
            {
                await c.SendChunkAsync(piece);
            }

            await c.EndAsync();
        });

        AssertChunks(await Calls.ReadAsync(Provider.ChatAsync(Calls.Chat(AskStream()))), Role, Text("Grüße 😀"), Text("漢字"), Stop);
    }

    [Fact]
    public async Task EmptyAnswer_IsAnAnswer()
    {
        AssertChunks(
            await StreamAsync(AskStream(), MessageStart, MessageDelta("refusal"), MessageStop),
            Role, Stop.Replace("\"stop\"", "\"content_filter\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ConnectionOfAReadStream_ServesTheNextRequest()
    {
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(StreamState.Completed, (await StreamAsync(AskStream(), MessageStart, TextBlock(0, "x"), MessageDelta("end_turn"), MessageStop)).State);
        }

        Assert.Equal(1, Server.Connections);
    }

    private static string Text(string content) => Head + $$$"""{"index":0,"delta":{"content":"{{{content}}}"},"finish_reason":null}]}""";

    private static string Tool(int index, string fields) =>
        Head + $$$"""{"index":0,"delta":{"tool_calls":[{"index":{{{index}}},{{{fields}}}}]},"finish_reason":null}]}""";

    private void AssertChunks(ReadStream read, params string[] expected)
    {
        Assert.Null(read.Error);
        Assert.Equal(string.Join('\n', expected), Normal(read.Chunks));
        Assert.All(read.Chunks, c => OpenAISchemas.AssertValid(Schema, c));
        Assert.Equal(StreamState.Completed, read.State);
    }
}
