using System.Text;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Providers;

namespace LlmGateway.Providers.Tests.Ollama;

public sealed class ChatStreamTests : OllamaFixture
{
    private const string Schema = "CreateChatCompletionStreamResponse";
    private const string Head = """{"id":"ID","object":"chat.completion.chunk","created":T,"model":"m","choices":[""";
    private const string Role = Head + """{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}""";
    private const string Stop = Head + """{"index":0,"delta":{},"finish_reason":"stop"}]}""";

    [Fact]
    public async Task Lines_BecomeChunks()
    {
        var read = await StreamAsync(AskStream(), Line("\"content\":\"Gr\\u00fc\\u00dfe\""), Line("\"content\":\" 😀 \\\"q\\\"\""), DoneLine);

        AssertChunks(read, Role, Text("Gr\\u00fc\\u00dfe"), Text(" 😀 \\\"q\\\""), Stop);
        Assert.Equal(new TokenUsage(26, 290), read.Usage);
        Assert.Equal("stop", read.FinishReason);
        Assert.Equal(
            """{"model":"m","messages":[{"role":"user","content":"x"}],"stream":true,"truncate":false,"shift":false,"options":{}}""", Server.Only.Text);
    }

    [Fact]
    public async Task UsageChunk_ComesLast_WhenAskedFor()
    {
        var read = await StreamAsync(AskStream("\"stream_options\":{\"include_usage\":true}"), Line("\"content\":\"x\""), DoneLine);

        AssertChunks(
            read,
            [.. new[] { Role, Text("x"), Stop }.Select(c => c[..^1] + ",\"usage\":null}"), Head + "]," + Metrics + "}"]);
    }

    [Fact]
    public async Task Thinking_ComesAsReasoningContent()
    {
        var read = await StreamAsync(
            AskStream(), Line("\"content\":\"\",\"thinking\":\"so \""), Line("\"content\":\"4\",\"thinking\":\"it is\""), Line("\"content\":\"!\""), DoneLine);

        AssertChunks(
            read,
            Role,
            Head + """{"index":0,"delta":{"reasoning_content":"so "},"finish_reason":null}]}""",
            Head + """{"index":0,"delta":{"reasoning_content":"it is","content":"4"},"finish_reason":null}]}""",
            Text("!"),
            Stop);
    }

    [Fact]
    public async Task ToolCalls_AreCountedFromZeroOverAllLines()
    {
        var read = await StreamAsync(
            AskStream(),
            Line("\"content\":\"Let me look.\""),
            Line("""  "content":"","tool_calls":[{"id":"call_a","function":{"index":0,"name":"get","arguments":{"city":"Zürich","q":"\"\\\n"}}},{"id":"call_b","function":{"index":0,"name":"now","arguments":{}}}] """),
            Line("""  "content":"","tool_calls":[{"id":"call_c","function":{"name":"last","arguments":{"a": 1}}}] """),
            DoneLine);

        AssertChunks(
            read,
            Role,
            Text("Let me look."),
            Head + """{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_a","type":"function","function":{"name":"get","arguments":"{\"city\":\"Zürich\",\"q\":\"\\\"\\\\\\n\"}"}},{"index":1,"id":"call_b","type":"function","function":{"name":"now","arguments":"{}"}}]},"finish_reason":null}]}""",
            Head + """{"index":0,"delta":{"tool_calls":[{"index":2,"id":"call_c","type":"function","function":{"name":"last","arguments":"{\"a\": 1}"}}]},"finish_reason":null}]}""",
            Stop.Replace("\"stop\"", "\"tool_calls\"", StringComparison.Ordinal));
        Assert.Equal("tool_calls", read.FinishReason);
    }

    [Fact]
    public async Task LastLineWithContent_IsAChunkBeforeTheEnd()
    {
        var last = DoneLine.Replace("\"content\":\"\"", "\"content\":\"end\",\"tool_calls\":[{\"id\":\"c\",\"function\":{\"name\":\"f\",\"arguments\":{}}}]", StringComparison.Ordinal)
            .Replace("\"stop\"", "\"length\"", StringComparison.Ordinal);

        var read = await StreamAsync(AskStream(), last);

        AssertChunks(
            read,
            Role,
            Text("end"),
            Head + """{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},"finish_reason":null}]}""",
            Stop.Replace("\"stop\"", "\"length\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Logprobs_GoWithTheirText_OrByThemselves()
    {
        const string Probability = """[{"token":"x","logprob":-1,"bytes":[120]}]""";
        const string Translated = """{"content":[{"token":"x","logprob":-1,"bytes":[120],"top_logprobs":[]}],"refusal":null}""";
        var read = await StreamAsync(
            AskStream("\"logprobs\":true"),
            Line("\"content\":\"x\"").Replace("\"done\"", "\"logprobs\":" + Probability + ",\"done\"", StringComparison.Ordinal),
            Line("\"content\":\"\"").Replace("\"done\"", "\"logprobs\":" + Probability + ",\"done\"", StringComparison.Ordinal),
            DoneLine);

        AssertChunks(
            read,
            Role,
            Head + """{"index":0,"delta":{"content":"x"},"logprobs":""" + Translated + ""","finish_reason":null}]}""",
            Head + """{"index":0,"delta":{},"logprobs":""" + Translated + ""","finish_reason":null}]}""",
            Stop);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(50)]
    public async Task Chunks_AreTheSameHoweverTheBytesArrive(int size)
    {
        var bytes = Encoding.UTF8.GetBytes(Line("\"content\":\"Grüße 😀\"") + "\n" + Line("\"content\":\"漢字\"").TrimEnd() + "\r\n" + DoneLine);
        Server.Then(async c =>
        {
            await c.SendHeadAsync(Lines);
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
        AssertChunks(await StreamAsync(AskStream(), DoneLine), Role, Stop);
    }

    [Theory]
    [InlineData("")]
    [InlineData("""{"message":{"content":"half""")]
    public async Task StreamWithoutDone_Fails(string tail)
    {
        var read = await StreamAsync(AskStream(), Line("\"content\":\"x\""), tail.Length > 0 ? tail : "\n");

        Assert.Equal(GatewayErrorCode.UpstreamInterrupted, read.Error?.Code);
        Assert.Equal(2, read.Chunks.Count);
    }

    [Fact]
    public async Task StreamWithNothingInIt_IsAPlainError()
    {
        Server.ThenStream(Lines, "\n");

        Assert.Equal(GatewayErrorCode.UpstreamInterrupted, (await Error()).Code);
    }

    [Theory]
    [InlineData("not json\n")]
    [InlineData("{\"message\":{\"content\":\"x\"},\"done\":fal\n")]
    [InlineData("{\"status\":\"pulling manifest\"}\n")]
    [InlineData("{\"message\":{\"content\":[]},\"done\":false}\n")]
    [InlineData("{\"message\":[],\"done\":false}\n")]
    [InlineData("{\"message\":{\"content\":\"x\",\"tool_calls\":{}},\"done\":false}\n")]
    [InlineData("{\"message\":{\"content\":\"x\",\"tool_calls\":[{}]},\"done\":false}\n")]
    [InlineData("{\"message\":{\"content\":\"x\"},\"done\":\"no\"}\n")]
    [InlineData("{\"message\":{\"content\":\"x\"},\"logprobs\":[1],\"done\":false}\n")]
    [InlineData("{\"message\":{\"content\":\"\"},\"done\":true,\"done_reason\":\"unload\"}\n")]
    [InlineData("data: {\"message\":{\"content\":\"x\"},\"done\":false}\n")]
    public async Task MalformedLine_FailsTheStream(string line)
    {
        var read = await StreamAsync(AskStream(), Line("\"content\":\"x\""), line, DoneLine);

        Assert.Equal(StreamState.Failed, read.State);
        Assert.Equal(GatewayErrorCode.UpstreamInvalidResponse, read.Error?.Code);
        Assert.Null(read.FinishReason);
    }

    [Fact]
    public async Task ErrorLine_FailsTheStream_AndIsAPlainErrorWhenItComesFirst()
    {
        const string Error = "{\"error\":\"an error was encountered while running the model: CUDA out of memory\"}\n";
        var read = await StreamAsync(AskStream(), Line("\"content\":\"x\""), Error);
        Server.ThenStream(Lines, Error);
        var plain = await this.Error();

        Assert.All([read.Error!, plain], e =>
        {
            Assert.Equal(GatewayErrorCode.UpstreamError, e.Code);
            Assert.DoesNotContain("CUDA out of memory", e.Message, StringComparison.Ordinal);
            Assert.Contains("CUDA out of memory", e.ForLog, StringComparison.Ordinal);
        });
        Assert.Equal(2, read.Chunks.Count);
    }

    [Theory]
    [InlineData("application/json", """{"error":"model runner crashed"}""", GatewayErrorCode.UpstreamError)]
    [InlineData("application/json", """{"message":{"role":"assistant","content":"x"},"done":true}""", GatewayErrorCode.UpstreamInvalidResponse)]
    [InlineData("text/event-stream", "data: x\n\n", GatewayErrorCode.UpstreamInvalidResponse)]
    [InlineData("text/html", "<html>", GatewayErrorCode.UpstreamInvalidResponse)]
    public async Task SomethingElseThanLines_IsAnError(string contentType, string body, GatewayErrorCode code)
    {
        Server.Then(body, contentType: contentType);

        Assert.Equal(code, (await Error()).Code);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task BrokenConnection_FailsTheStream(bool reset)
    {
        var proceed = new TaskCompletionSource();
        Server.Then(async c =>
        {
            await c.SendHeadAsync(Lines);
            await c.SendChunkAsync(Line("\"content\":\"x\""));
            await proceed.Task;
            await (reset ? c.ResetAsync() : c.CutAsync());
        });

        await using var stream = await Calls.OpenAsync(Provider.ChatAsync(Calls.Chat(AskStream())));
        proceed.SetResult();

        Assert.Equal(GatewayErrorCode.UpstreamInterrupted, (await Calls.ReadAsync(stream)).Error?.Code);
    }

    [Fact]
    public async Task Stall_FailsTheStream_AndEndsTheUpstreamCall()
    {
        Options.Timeouts = new ProviderTimeouts { Idle = TimeSpan.FromSeconds(5) };
        await StartAsync("0.33.0");
        var left = ThenStall(Line("\"content\":\"x\""));

        await AssertStallFailsAsync();
        await left.WaitAsync(TestTimeouts.Default);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ClientThatLeaves_CancelsTheUpstreamCall(bool streamed)
    {
        using var client = new CancellationTokenSource();
        var sent = new TaskCompletionSource();
        var left = new TaskCompletionSource();
        Server.Then(async c =>
        {
            if (streamed)
            {
                await c.SendHeadAsync(Lines);
                await c.SendChunkAsync(Line("\"content\":\"x\""));
            }

            sent.SetResult();
            await c.StallAsync();
            left.SetResult();
        });

        var answering = Provider.ChatAsync(Calls.Chat(streamed ? AskStream() : Ask(), aborted: client.Token)).AsTask();
        await sent.Task.WaitAsync(TestTimeouts.Default);
        await using (var answer = streamed ? await answering.WaitAsync(TestTimeouts.Default) : null)
        {
            await client.CancelAsync();
            if (!streamed)
            {
                Assert.Equal(GatewayErrorCode.ClientClosedRequest, (await Calls.ErrorAsync(new ValueTask<GatewayAnswer>(answering))).Code);
            }
        }

        await left.Task.WaitAsync(TestTimeouts.Default);
    }

    [Fact]
    public async Task ConnectionOfAReadStream_ServesTheNextRequest()
    {
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(StreamState.Completed, (await StreamAsync(AskStream(), Line("\"content\":\"x\""), DoneLine)).State);
        }

        Assert.Equal(1, Server.Connections);
    }

    private static string Text(string content) => Head + $$$"""{"index":0,"delta":{"content":"{{{content}}}"},"finish_reason":null}]}""";

    private Task<GatewayError> Error() => Calls.ErrorAsync(Provider.ChatAsync(Calls.Chat(AskStream())));

    private void AssertChunks(ReadStream read, params string[] expected)
    {
        Assert.Null(read.Error);
        Assert.Equal(string.Join('\n', expected), Normal(read.Chunks));
        Assert.All(read.Chunks, c => OpenAISchemas.AssertValid(Schema, c));
        Assert.Equal(StreamState.Completed, read.State);
    }
}
