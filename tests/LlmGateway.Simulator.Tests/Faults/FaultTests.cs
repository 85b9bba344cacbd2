using System.Text.Json;
using LlmGateway.Simulator.Wire;
using LlmGateway.TestSupport;

namespace LlmGateway.Simulator.Tests.Faults;

/// <summary>Every fault over a bare socket. The answer without faults has 7 events: role, four tokens, finish, [DONE].</summary>
public sealed class FaultTests : SimulatorTest
{
    private const string Finish = "\"finish_reason\":\"stop\"";

    private static readonly string Stream = Chat("!echo a é 😀", ",\"stream\":true");

    private Task<RawAnswer> AskAsync(string fault, string? body = null, TimeSpan? quiet = null) =>
        RawHttp.PostAsync(Server.BaseAddress, "/v1/chat/completions", body ?? Stream, $"x-simulator-fault: {fault}\r\n", quiet);

    private static int Count(RawAnswer answer) => answer.Body.Split("\n\n").Length - 1;

    private async Task<RecordedRequest> RecordAsync()
    {
        await Eventually.IsTrueAsync(() => Server.Requests[^1].Outcome != RequestOutcome.Active, "the request's end");
        return Server.Requests[^1];
    }

    [Fact]
    public async Task NoFault_IsWholeWithSevenEvents()
    {
        var answer = await RawHttp.PostAsync(Server.BaseAddress, "/v1/chat/completions", Stream);
        Assert.True(answer.BodyIsComplete);
        Assert.Equal(7, Count(answer));
        Assert.Equal((RequestOutcome.Completed, 7), ((await RecordAsync()).Outcome, Server.Requests[^1].ChunksSent));
    }

    [Theory]
    [InlineData("status;code=503;retry=7", "HTTP/1.1 503 Service Unavailable", "Retry-After: 7", "server_overloaded")]
    [InlineData("status;code=429", "HTTP/1.1 429 Too Many Requests", "application/json", "rate_limit_exceeded")]
    [InlineData("status;code=502;body=upstream%20down", "HTTP/1.1 502 Bad Gateway", "text/plain", "upstream down")]
    [InlineData("status", "HTTP/1.1 500 Internal Server Error", "application/json", "server_error")]
    [InlineData("html", "HTTP/1.1 200 OK", "text/html", "<h1>Bad Gateway</h1>")]
    [InlineData("error-body", "HTTP/1.1 200 OK", "application/json", "{\"error\":{\"message\":")]
    public async Task Replacements_ComeInsteadOfTheAnswer(string fault, string line, string header, string body)
    {
        var answer = await AskAsync(fault);
        Assert.StartsWith(line, answer.Head, StringComparison.Ordinal);
        Assert.Contains(header, answer.Head, StringComparison.Ordinal);
        Assert.Contains(body, answer.Body, StringComparison.Ordinal);
        Assert.True(answer.BodyIsComplete);
        Assert.Equal(RequestOutcome.Faulted, (await RecordAsync()).Outcome);
    }

    [Fact]
    public async Task Reset_BeforeHeaders_SendsNothing()
    {
        var answer = await AskAsync("reset");
        Assert.Equal(ConnectionEnd.Reset, answer.End);
        Assert.Empty(answer.Bytes);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(6)]
    public async Task Reset_AfterN_DeliversExactlyThoseFrames(int after)
    {
        for (var round = 0; round < 10; round++)
        {
            var answer = await AskAsync($"reset;after={after}");
            Assert.Equal(ConnectionEnd.Reset, answer.End);
            Assert.StartsWith("HTTP/1.1 200 OK", answer.Head, StringComparison.Ordinal);
            Assert.Equal(after, Count(answer));
        }
    }

    [Theory]
    [InlineData("cut", 1)]
    [InlineData("cut;after=0", 0)]
    [InlineData("cut;after=4", 4)]
    public async Task Cut_ClosesWithoutTheEndOfTheBody(string fault, int frames)
    {
        for (var round = 0; round < 10; round++)
        {
            var answer = await AskAsync(fault);
            Assert.Equal((ConnectionEnd.Closed, false), (answer.End, answer.BodyIsComplete));
            Assert.Equal(frames, Count(answer));
            Assert.EndsWith(frames == 0 ? "" : "\n\n", answer.Body, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Cut_WithBytes_LeavesPartOfAFrame()
    {
        var answer = await AskAsync("cut;after=2;bytes=9");
        Assert.False(answer.BodyIsComplete);
        Assert.EndsWith("\n\ndata: {\"i", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task End_IsACleanBodyWithoutFinishOrDone()
    {
        var answer = await AskAsync("end;after=3");
        Assert.True(answer.BodyIsComplete);
        Assert.Equal(3, Count(answer));
        Assert.DoesNotContain(Finish, answer.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", answer.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("stall", 0)]
    [InlineData("stall;after=2", 2)]
    public async Task Stall_IsSilentUntilTheClientGivesUp(string fault, int frames)
    {
        var answer = await AskAsync(fault, quiet: TimeSpan.FromMilliseconds(600));
        Assert.Equal(ConnectionEnd.TimedOut, answer.End);
        if (frames == 0) Assert.Empty(answer.Bytes);
        else Assert.Equal(frames, Count(answer));
        Assert.Equal(RequestOutcome.ClientAborted, (await RecordAsync()).Outcome);
        Assert.Equal(0, Server.Stats.Total.Active);
    }

    [Fact]
    public async Task Malformed_BreaksOneFrameOnly()
    {
        var events = Events((await AskAsync("malformed;after=2")).Body);
        Assert.Equal(7, events.Count);
        Assert.ThrowsAny<JsonException>(() => JsonDocument.Parse(events[2]));
        foreach (var chunk in events.Where((e, i) => i != 2 && e != "[DONE]")) JsonDocument.Parse(chunk).Dispose();
    }

    [Theory]
    [InlineData("no-done", false, true)]
    [InlineData("no-finish", true, false)]
    [InlineData("no-done,no-finish", false, false)]
    public async Task MissingFrames_AreLeftOut(string fault, bool done, bool finish)
    {
        var answer = await AskAsync(fault);
        Assert.True(answer.BodyIsComplete);
        Assert.Equal((done, finish), (answer.Body.Contains("[DONE]", StringComparison.Ordinal), answer.Body.Contains(Finish, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task ErrorEvent_IsTheLastEvent()
    {
        var answer = await AskAsync("error-event;after=2");
        var events = Events(answer.Body);
        Assert.Equal(3, events.Count);
        OpenAISchemas.AssertValid("ErrorResponse", events[2]);
        Assert.True(answer.BodyIsComplete);
    }

    [Fact]
    public async Task Split_KeepsTheBytesInSmallWrites()
    {
        var whole = Events((await AskAsync("crlf;times=0")).Body).Select(Normal);
        var answer = await AskAsync("split;bytes=1");
        Assert.Equal(whole, Events(answer.Body).Select(Normal));
        // Each byte is a chunk of its own, also inside characters.
        Assert.Contains("1\r\n\u00f0\r\n1\r\n\u009f\r\n1\r\n\u0098\r\n1\r\n\u0080\r\n", System.Text.Encoding.Latin1.GetString(answer.Bytes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Crlf_EndsEveryLine()
    {
        var body = (await AskAsync("crlf")).Body;
        Assert.EndsWith("data: [DONE]\r\n\r\n", body, StringComparison.Ordinal);
        Assert.Equal(body.Count(c => c == '\n'), body.Count(c => c == '\r'));
    }

    [Fact]
    public async Task Giant_PadsOneFrameWithWhiteSpace()
    {
        var events = Events((await AskAsync("giant;bytes=1000000;after=2")).Body);
        Assert.True(events[2].Length > 1_000_000);
        OpenAISchemas.AssertValid("CreateChatCompletionStreamResponse", events[2]);
        Assert.True(events[3].Length < 1000);
    }

    [Fact]
    public async Task SlowFirst_AndTiming_DelayTheFirstToken()
    {
        Assert.Equal(ConnectionEnd.TimedOut, (await AskAsync("slow-first;ms=60000", quiet: TimeSpan.FromMilliseconds(300))).End);
        var timed = await RawHttp.PostAsync(Server.BaseAddress, "/v1/chat/completions", Stream, "x-simulator-timing: first=0;tps=0.001\r\n", TimeSpan.FromMilliseconds(500));
        Assert.Equal((ConnectionEnd.TimedOut, 2), (timed.End, Count(timed)));
    }

    [Theory]
    [InlineData("cut", false, ConnectionEnd.Closed)]
    [InlineData("reset;after=1", false, ConnectionEnd.Reset)]
    [InlineData("truncate", true, ConnectionEnd.Closed)]
    [InlineData("end", true, ConnectionEnd.Closed)]
    public async Task PlainBodies_AreBrokenInHalf(string fault, bool complete, ConnectionEnd end)
    {
        var answer = await AskAsync(fault, Chat("!echo hello there"));
        Assert.Equal((complete, end), (answer.BodyIsComplete, answer.End));
        Assert.StartsWith("{\"id\":\"chatcmpl", answer.Body, StringComparison.Ordinal);
        Assert.ThrowsAny<JsonException>(() => JsonDocument.Parse(answer.Body));
    }

    [Fact]
    public async Task GiantBody_IsStillTheSameDocument()
    {
        var answer = await AskAsync("giant;bytes=3000000", Chat("!echo hello"));
        Assert.True(answer.Bytes.Length > 3_000_000);
        OpenAISchemas.AssertValid("CreateChatCompletionResponse", answer.Body);
    }

    [Fact]
    public async Task ModelName_CarriesFaults()
    {
        var (status, _) = await PostAsync("v1/chat/completions", Chat("x", model: "sim-small+status-code-418"));
        Assert.Equal(418, status);
        var answer = await RawHttp.PostAsync(Server.BaseAddress, "/v1/chat/completions", Chat("!echo a b c", ",\"stream\":true", "sim-small+end-after-3+crlf"));
        Assert.Contains("\"model\":\"sim-small\"", answer.Body, StringComparison.Ordinal);
        Assert.Equal(3, answer.Body.Split("\r\n\r\n").Length - 1);
        Assert.Equal("end;after=3,crlf", (await RecordAsync()).Faults);
    }

    [Fact]
    public async Task Times_LetLaterRequestsThrough()
    {
        var statuses = new List<int>();
        for (var i = 0; i < 4; i++) statuses.Add((await PostAsync("v1/chat/completions", Chat("x", model: "sim-small+status-code-500-times-2-skip-1"))).Status);
        Assert.Equal([200, 500, 500, 200], statuses);
    }

    [Fact]
    public async Task Probability_StrikesAboutThatShare_AndTheSameOnesEachTime()
    {
        async Task<List<int>> RunAsync()
        {
            Server.Faults.Set("sim-embed", "status;code=500;p=0.3");
            var statuses = new List<int>();
            for (var i = 0; i < 100; i++) statuses.Add((await PostAsync("v1/embeddings", """{"model":"sim-embed","input":"x","dimensions":1}""")).Status);
            return statuses;
        }

        var first = await RunAsync();
        Assert.InRange(first.Count(s => s == 500), 15, 45);
        Assert.Equal(first, await RunAsync());
    }

    [Fact]
    public async Task StoreFaults_StrikeTheirModelOnly_AndStarAll()
    {
        Server.Faults.Set("sim-small", "status;code=500");
        Assert.Equal(500, (await PostAsync("v1/chat/completions", Chat("x"))).Status);
        Assert.Equal(200, (await PostAsync("v1/chat/completions", Chat("x", model: "sim-vision"))).Status);
        Server.Faults.Set("*", "status;code=501");
        using var models = await Http.GetAsync("v1/models");
        Assert.Equal(501, (int)models.StatusCode);
        Server.Faults.Clear();
        Assert.Equal(200, (await PostAsync("v1/chat/completions", Chat("x"))).Status);
    }

    [Theory]
    [InlineData("explode")]
    [InlineData("cut;after=x")]
    [InlineData("cut;when=3")]
    [InlineData("status;code=9999")]
    public async Task UnknownFaults_AreRefused(string fault)
    {
        var answer = await AskAsync(fault);
        Assert.StartsWith("HTTP/1.1 400", answer.Head, StringComparison.Ordinal);
        Assert.Contains("invalid_fault", answer.Body, StringComparison.Ordinal);
    }
}
