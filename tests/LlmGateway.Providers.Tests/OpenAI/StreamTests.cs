using System.Text;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Providers.Tests.OpenAI;

public sealed class StreamTests : OpenAIFixture
{
    private const string Ask = """{"model":"m","stream":true,"messages":[{"role":"user","content":"x"}]}""";
    private const string AskWithUsage = """{"model":"m","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"x"}]}""";
    private const string First = """{"id":"c","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"vendor":1}""";
    private const string Hello = """{"id":"c", "choices":[{"index":0,"delta":{"content":"Grüße 😀"},"finish_reason":null}]}""";
    private const string Finish = """{"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}""";
    private const string Usage = """{"id":"c","choices":[],"usage":{"prompt_tokens":4,"completion_tokens":2,"total_tokens":6}}""";
    private const string Done = "data: [DONE]\n\n";

    [Theory]
    [InlineData("""{"model":"m","stream":true,"messages":M}""", """{"model":"up","stream":true,"messages":M,"stream_options":{"include_usage":true}}""")]
    [InlineData("""{ "messages":M, "stream":true, "model":"m" }""", """{ "messages":M, "stream":true, "model":"up" ,"stream_options":{"include_usage":true}}""")]
    [InlineData("""{"stream_options":{"include_usage":false,"x":[1]},"model":"m","stream":true,"messages":M}""", """{"stream_options":{"x":[1],"include_usage":true},"model":"up","stream":true,"messages":M}""")]
    [InlineData("""{"model":"m","stream":true,"stream_options":{},"messages":M}""", """{"model":"up","stream":true,"stream_options":{"include_usage":true},"messages":M}""")]
    [InlineData("""{"model":"m","stream":true,"stream_options":null,"messages":M}""", """{"model":"up","stream":true,"stream_options":{"include_usage":true},"messages":M}""")]
    [InlineData("""{"model":"m","stream":true,"stream_options":{"include_usage":true, "y":2},"messages":M}""", """{"model":"up","stream":true,"stream_options":{"include_usage":true, "y":2},"messages":M}""")]
    public async Task UsageIsAskedFor_AndNothingElseChanges(string sent, string expected)
    {
        const string Messages = """[{"role":"user","content":"\"model\": 😀"}]""";
        Server.ThenStream(EventStream, Event(Finish), Done);

        await Calls.ReadAsync(Provider.ChatAsync(Calls.Chat(sent.Replace("M", Messages, StringComparison.Ordinal), "up")));

        Assert.Equal(expected.Replace("M", Messages, StringComparison.Ordinal), Server.Only.Text);
    }

    [Fact]
    public async Task Chunks_PassByteForByte_AndTheUsageChunkOnlyWhenAsked()
    {
        string[] pieces = [Event(First), Event(Hello), Event(Finish), Event(Usage), Done];
        Server.ThenStream(EventStream, pieces).ThenStream(EventStream, pieces);

        var hidden = await Calls.ReadAsync(Provider.ChatAsync(Calls.Chat(Ask)));
        var shown = await Calls.ReadAsync(Provider.ChatAsync(Calls.Chat(AskWithUsage)));

        Assert.Equal([First, Hello, Finish], hidden.Chunks);
        Assert.Equal([First, Hello, Finish, Usage], shown.Chunks);
        Assert.All([hidden, shown], s =>
        {
            Assert.Equal(StreamState.Completed, s.State);
            Assert.Equal(new TokenUsage(4, 2), s.Usage);
            Assert.Equal("stop", s.FinishReason);
        });
    }

    [Theory]
    [InlineData("""{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}""", """{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}""")]
    [InlineData("""{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage" : null , "x":"😀"}""", """{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}] , "x":"😀"}""")]
    [InlineData("""{"usage":null,"choices":[{"index":0,"delta":{"content":"\"usage\":null"},"finish_reason":"stop"}]}""", """{"choices":[{"index":0,"delta":{"content":"\"usage\":null"},"finish_reason":"stop"}]}""")]
    public async Task NullUsageThatOnlyTheGatewayAskedFor_IsTakenOut(string sent, string? expected)
    {
        Server.ThenStream(EventStream, Event(sent), Event(Usage), Done).ThenStream(EventStream, Event(sent), Event(Usage), Done);

        var hidden = await Calls.ReadAsync(Provider.ChatAsync(Calls.Chat(Ask)));
        var shown = await Calls.ReadAsync(Provider.ChatAsync(Calls.Chat(AskWithUsage)));

        Assert.Equal([expected ?? sent], hidden.Chunks);
        Assert.Equal([sent, Usage], shown.Chunks);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public async Task Chunks_AreWholeHoweverTheBytesArrive(int size)
    {
        var bytes = Encoding.UTF8.GetBytes(": hello\r\n\r\n" + Event(First, "\r\n") + Event(Hello) + Event(Finish) + Done);
        Server.Then(async c =>
        {
            await c.SendHeadAsync("text/event-stream; charset=utf-8");
            foreach (var piece in bytes.Chunk(size))
            {
                await c.SendChunkAsync(piece);
            }

            await c.EndAsync();
        });

        var read = await Calls.ReadAsync(Provider.ChatAsync(Calls.Chat(Ask)));

        Assert.Equal([First, Hello, Finish], read.Chunks);
        Assert.Equal(StreamState.Completed, read.State);
    }

    [Fact]
    public async Task Chunk_IsThereBeforeTheNextIsSent()
    {
        var proceed = new TaskCompletionSource();
        Server.Then(async c =>
        {
            await c.SendHeadAsync(EventStream);
            await c.SendChunkAsync(Event(First));
            await proceed.Task;
            await c.SendChunkAsync(Event(Finish) + Done);
            await c.EndAsync();
        });

        await using var stream = await Calls.OpenAsync(Provider.ChatAsync(Calls.Chat(Ask)));
        Assert.True(stream.TryRead(out var chunk));
        Assert.Equal(First, Encoding.UTF8.GetString(chunk.Span));
        Assert.False(stream.TryRead(out _));
        proceed.SetResult();

        Assert.Equal([Finish], (await Calls.ReadAsync(stream)).Chunks);
    }

    [Fact]
    public async Task MissingDone_IsForgivenOnceEveryChoiceHasFinished()
    {
        Server.ThenStream(EventStream, Event(First), Event(Finish)).ThenStream(EventStream, Event(First), Event(Finish), "data: [DONE]");

        Assert.Equal(StreamState.Completed, (await Calls.ReadAsync(Provider.ChatAsync(Calls.Chat(Ask)))).State);
        Assert.Equal(StreamState.Completed, (await Calls.ReadAsync(Provider.ChatAsync(Calls.Chat(Ask)))).State);
    }

    [Theory]
    [InlineData(Hello, "")]
    [InlineData(Hello, "data: [DONE]\n\n")]
    [InlineData(Finish, "data: {\"id\":\"c\",\"choi")]
    [InlineData("""{"choices":[{"index":0,"delta":{},"finish_reason":"stop"},{"index":1,"delta":{"content":"x"}}]}""", "data: [DONE]\n\n")]
    public async Task StreamThatEndsBeforeItsFinishReason_Fails(string last, string tail)
    {
        Server.ThenStream(EventStream, Event(First), Event(last), tail.Length > 0 ? tail : ":\n\n");

        var read = await Calls.ReadAsync(Provider.ChatAsync(Calls.Chat(Ask)));

        Assert.Equal(StreamState.Failed, read.State);
        Assert.Equal(GatewayErrorCode.UpstreamInterrupted, read.Error?.Code);
        Assert.Equal([First, last], read.Chunks);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task BrokenConnection_FailsTheStream(bool reset)
    {
        var proceed = new TaskCompletionSource();
        Server.Then(async c =>
        {
            await c.SendHeadAsync(EventStream);
            await c.SendChunkAsync(Event(First) + Event(Hello));
            await proceed.Task;
            await (reset ? c.ResetAsync() : c.CutAsync());
        });

        await using var stream = await Calls.OpenAsync(Provider.ChatAsync(Calls.Chat(Ask)));
        proceed.SetResult();
        var read = await Calls.ReadAsync(stream);

        Assert.Equal([First, Hello], read.Chunks);
        Assert.Equal(GatewayErrorCode.UpstreamInterrupted, read.Error?.Code);
    }

    [Fact]
    public async Task BrokenConnectionBeforeTheFirstChunk_IsAPlainError()
    {
        Server.Then(async c =>
        {
            await c.SendHeadAsync(EventStream);
            await c.CutAsync();
        });

        Assert.Equal(GatewayErrorCode.UpstreamInterrupted, (await Calls.ErrorAsync(Provider.ChatAsync(Calls.Chat(Ask)))).Code);
    }

    [Theory]
    [InlineData("{\"choices\":[{\"delta\":")]
    [InlineData("{\"object\":\"other\"}")]
    [InlineData("7")]
    [InlineData("{\"choices\":[7]}")]
    public async Task MalformedChunk_FailsTheStream(string chunk)
    {
        Server.ThenStream(EventStream, Event(First), Event(chunk), Event(Finish), Done);

        var read = await Calls.ReadAsync(Provider.ChatAsync(Calls.Chat(Ask)));

        Assert.Equal([First], read.Chunks);
        Assert.Equal(GatewayErrorCode.UpstreamInvalidResponse, read.Error?.Code);
    }

    [Fact]
    public async Task ErrorEvent_FailsTheStream_AndIsAPlainErrorWhenItComesFirst()
    {
        const string Error = """{"error":{"message":"out of memory","type":"server_error","param":null,"code":null}}""";
        Server.ThenStream(EventStream, Event(First), Event(Error)).ThenStream(EventStream, Event(Error));

        var read = await Calls.ReadAsync(Provider.ChatAsync(Calls.Chat(Ask)));
        var plain = await Calls.ErrorAsync(Provider.ChatAsync(Calls.Chat(Ask)));

        Assert.All([read.Error!, plain], e =>
        {
            Assert.Equal(GatewayErrorCode.UpstreamError, e.Code);
            // For the operator; the client is told that there was an error.
            Assert.DoesNotContain("out of memory", e.Message, StringComparison.Ordinal);
            Assert.Equal("out of memory", e.ForLog);
        });
        Assert.Equal([First], read.Chunks);
    }

    [Theory]
    [InlineData("""{"error":"model is busy"}""", "application/json", GatewayErrorCode.UpstreamError)]
    [InlineData("""{"id":"c","choices":[{"index":0,"message":{},"finish_reason":"stop"}]}""", "application/json", GatewayErrorCode.UpstreamInvalidResponse)]
    [InlineData("data: {}\n\n", "text/plain", GatewayErrorCode.UpstreamInvalidResponse)]
    public async Task SomethingElseThanAStream_IsAnError(string body, string contentType, GatewayErrorCode code)
    {
        Server.Then(body, contentType: contentType);

        Assert.Equal(code, (await Calls.ErrorAsync(Provider.ChatAsync(Calls.Chat(Ask)))).Code);
    }

    [Fact]
    public async Task EmptyStream_IsAnError()
    {
        Server.ThenStream(EventStream, Done).ThenStream(EventStream, ": nothing\n\n");

        Assert.Equal(GatewayErrorCode.UpstreamInterrupted, (await Calls.ErrorAsync(Provider.ChatAsync(Calls.Chat(Ask)))).Code);
        Assert.Equal(GatewayErrorCode.UpstreamInterrupted, (await Calls.ErrorAsync(Provider.ChatAsync(Calls.Chat(Ask)))).Code);
    }

    [Fact]
    public async Task ConnectionOfAReadStream_ServesTheNextRequest()
    {
        var provider = Provider;
        for (var i = 0; i < 3; i++)
        {
            Server.ThenStream(EventStream, Event(First), Event(Finish), Done);
            Assert.Equal(StreamState.Completed, (await Calls.ReadAsync(provider.ChatAsync(Calls.Chat(Ask)))).State);
        }

        Assert.Equal(1, Server.Connections);
    }

    private static string Event(string data, string lineEnd = "\n") => $"data: {data}{lineEnd}{lineEnd}";
}
