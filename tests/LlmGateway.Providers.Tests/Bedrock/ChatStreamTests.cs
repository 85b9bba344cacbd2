using LlmGateway.Core.Pipeline;

namespace LlmGateway.Providers.Tests.Bedrock;

public sealed class ChatStreamTests : BedrockFixture
{
    private const string Head = """{"id":"ID","object":"chat.completion.chunk","created":T,"model":"m","choices":[""";

    [Fact]
    public async Task Stream_IsTranslated()
    {
        var read = await StreamAsync(
            AskStream("\"stream_options\":{\"include_usage\":true}"), MessageStart, TextBlock(0, "Grü", "ße 😀"), MessageStop("end_turn"), Metadata);

        Assert.Equal(
            string.Join('\n',
                Head + """{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":null}""",
                Head + """{"index":0,"delta":{"content":"Grü"},"finish_reason":null}],"usage":null}""",
                Head + """{"index":0,"delta":{"content":"ße 😀"},"finish_reason":null}],"usage":null}""",
                Head + """{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}""",
                Head + """],"usage":{"prompt_tokens":4320,"completion_tokens":15,"total_tokens":4335,"prompt_tokens_details":{"cached_tokens":4000,"cache_creation_tokens":300}}}"""),
            Normal(read.Chunks));
        Assert.Equal((StreamState.Completed, "stop", 4320L, 15L), (read.State, read.FinishReason, read.Usage!.Value.PromptTokens, read.Usage.Value.CompletionTokens));
    }

    [Fact]
    public async Task ParallelToolCalls_KeepTheirIndexes()
    {
        var read = await StreamAsync(
            AskStream(), MessageStart, TextBlock(0, "x"),
            BlockStart(1, """{"toolUse":{"name":"f","toolUseId":"t1"}}"""), Delta(1, """{"toolUse":{"input":""}}"""),
            Delta(1, """{"toolUse":{"input":"{\"a\":"}}"""), Delta(1, """{"toolUse":{"input":"1}"}}"""), BlockStop(1),
            BlockStart(2, """{"toolUse":{"name":"g","toolUseId":"t2"}}"""), BlockStop(2),
            MessageStop("tool_use"), Metadata);

        Assert.Equal(
            string.Join('\n',
                """{"role":"assistant","content":""}""",
                """{"content":"x"}""",
                """{"tool_calls":[{"index":0,"id":"t1","type":"function","function":{"name":"f","arguments":""}}]}""",
                """{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\":"}}]}""",
                """{"tool_calls":[{"index":0,"function":{"arguments":"1}"}}]}""",
                """{"tool_calls":[{"index":1,"id":"t2","type":"function","function":{"name":"g","arguments":""}}]}""",
                """{"tool_calls":[{"index":1,"function":{"arguments":"{}"}}]}""",
                """{}"""),
            Deltas(read));
        Assert.Equal("tool_calls", read.FinishReason);
    }

    [Fact]
    public async Task Thoughts_AreStreamed()
    {
        var read = await StreamAsync(
            AskStream(), MessageStart, Delta(0, """{"reasoningContent":{"text":"hm"}}"""), Delta(0, """{"reasoningContent":{"signature":"s1"}}"""), BlockStop(0),
            Delta(1, """{"reasoningContent":{"redactedContent":"AAEC"}}"""), BlockStop(1), TextBlock(2, "x"), MessageStop("end_turn"), Metadata);

        Assert.Equal(
            string.Join('\n',
                """{"role":"assistant","content":""}""",
                """{"reasoning_content":"hm"}""",
                """{"thinking_blocks":[{"index":0,"type":"thinking","signature":"s1"}]}""",
                """{"thinking_blocks":[{"index":1,"type":"redacted_thinking","data":"AAEC"}]}""",
                """{"content":"x"}""",
                """{}"""),
            Deltas(read));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100)]
    public async Task Stream_MayBeSplitAnywhere(int size)
    {
        byte[] all = [.. MessageStart, .. TextBlock(0, "ab", "cd"), .. MessageStop("max_tokens"), .. Metadata];

        var read = await StreamAsync(AskStream(), [.. all.Chunk(size)]);

        Assert.Equal((StreamState.Completed, "length", 4), (read.State, read.FinishReason, read.Chunks.Count));
    }

    [Fact]
    public async Task AnswerWithoutContent_IsWhole()
    {
        var read = await StreamAsync(AskStream(), MessageStart, BlockStop(0), MessageStop("guardrail_intervened"), Metadata);

        Assert.Equal((StreamState.Completed, "content_filter", 2), (read.State, read.FinishReason, read.Chunks.Count));
    }

    [Fact]
    public async Task AnswerWithoutTokens_IsWhole()
    {
        var read = await StreamAsync(AskStream("\"stream_options\":{\"include_usage\":true}"), MessageStart, TextBlock(0, "x"), MessageStop("end_turn"));

        Assert.Equal((StreamState.Completed, "stop", null, 3), (read.State, read.FinishReason, read.Usage, read.Chunks.Count));
    }

    [Fact]
    public async Task UnknownEventsAndEmptyStarts_AreLeftAlone()
    {
        var read = await StreamAsync(
            AskStream(), MessageStart, EventStreams.Event("somethingNew", "{}"), BlockStart(0, "{}"), TextBlock(0, "x"), MessageStop("end_turn"), Metadata);

        Assert.Equal((StreamState.Completed, 3), (read.State, read.Chunks.Count));
    }

    private string Deltas(ReadStream read) => string.Join('\n', Normal(read.Chunks).Split('\n').Select(c =>
        c[(c.IndexOf("\"delta\":", StringComparison.Ordinal) + 8)..c.LastIndexOf(",\"finish_reason\"", StringComparison.Ordinal)]));
}
