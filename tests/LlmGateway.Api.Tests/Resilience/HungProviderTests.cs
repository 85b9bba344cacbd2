using System.Diagnostics;

namespace LlmGateway.Api.Tests.Resilience;

/// <summary>A first provider that takes requests and says nothing, or stops in the middle, before a second one that answers.</summary>
public sealed class HungProviderTests : IAsyncLifetime
{
    private const string Models = """{"object":"list","data":[{"id":"m","object":"model","created":1,"owned_by":"o"}]}""";
    private const string Chats = "/v1/chat/completions";
    private const int Callers = 32;

    private readonly ScriptedServer _hung = new ScriptedServer().On("/v1/models", Models);
    private readonly ScriptedServer _good = new ScriptedServer().On("/v1/models", Models);

    private static string Chunk(string content, string reason = "null") =>
        $$"""data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"{{content}}"},"finish_reason":{{reason}}}]}""" + "\n\n";

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _hung.DisposeAsync();
        await _good.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task EveryCaller_IsServedByTheSecond(bool stream)
    {
        _hung.On(Chats, c => c.StallAsync());
        _good.On(Chats, c => stream ? StreamAsync(c) : c.SendAsync(Whole));
        await using var gateway = await StartAsync();
        var start = Stopwatch.GetTimestamp();
        var answers = await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => AskAsync(gateway, stream)));

        Assert.All(answers, a => Assert.Equal((200, "second"), (a.Status, a.Provider)));
        Assert.All(answers, a => Assert.Contains(stream ? "[DONE]" : "\"finish_reason\":\"stop\"", a.Text, StringComparison.Ordinal));
        Assert.True(Stopwatch.GetElapsedTime(start) < TestTimeouts.Default, "it took the time of the whole call");
    }

    /// <summary>A whole answer that is streamed behind the scenes is missed in the middle, and the second one's is put together.</summary>
    [Fact]
    public async Task AnAnswerThatStopsInTheMiddle_IsNoticedWhenItIsStreamedBehindTheScenes()
    {
        _hung.On(Chats, async c =>
        {
            await c.SendHeadAsync("text/event-stream");
            await c.SendChunkAsync(Chunk("half an"));
            await c.StallAsync();
        });
        _good.On(Chats, StreamAsync);
        await using var gateway = await StartAsync(("Providers:first:StreamWholeAnswers", "true"), ("Providers:second:StreamWholeAnswers", "true"), ("Providers:first:Timeouts:FirstByte", "00:10:00"));
        var answer = await AskAsync(gateway, stream: false);

        Assert.Equal((200, "second"), (answer.Status, answer.Provider));
        var document = Json.Parse(answer.Text);
        Assert.Equal("chat.completion", document.GetProperty("object").GetString());
        Assert.Equal("all of it", document.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
        Assert.Equal(7, document.GetProperty("usage").GetProperty("total_tokens").GetInt32());
        Assert.Contains("\"stream\":true", _good.Requests.Single(r => r.Path == Chats).Text, StringComparison.Ordinal);
    }

    private const string WholeBody = """{"choices":[{"index":0,"message":{"role":"assistant","content":"x"},"finish_reason":"stop"}]}""";

    private static string Whole => $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {WholeBody.Length}\r\n\r\n{WholeBody}";

    private static async Task StreamAsync(ScriptedConnection connection)
    {
        await connection.SendHeadAsync("text/event-stream");
        await connection.SendChunkAsync(
            Chunk("all of") + Chunk(" it", "\"stop\"") + """data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}}""" + "\n\ndata: [DONE]\n\n");
        await connection.EndAsync();
    }

    private async Task<TestGateway> StartAsync(params (string Name, string? Value)[] settings)
    {
        (string, string?)[] all =
        [
            ("Authentication:Keys:test:Key", TestGateway.Key), ("Providers:first:Type", "openai"), ("Providers:first:BaseUrl", _hung.BaseUrl + "/v1"),
            ("Providers:first:Timeouts:FirstByte", "00:00:01"), ("Providers:first:Timeouts:FirstToken", "00:00:01"), ("Providers:first:Timeouts:Idle", "00:00:01"),
            ("Providers:second:Type", "openai"), ("Providers:second:BaseUrl", _good.BaseUrl + "/v1"), ("Providers:second:Priority", "1"),
            .. settings,
        ];
        var gateway = await TestGateway.StartAsync(all);
        using var known = await gateway.Client.GetAsync("/v1/models/m");
        Assert.True(known.IsSuccessStatusCode);
        return gateway;
    }

    private static async Task<(int Status, string? Provider, string Text)> AskAsync(TestGateway gateway, bool stream)
    {
        using var response = await gateway.Client.PostAsync(Json.ChatPath, Json.Content($$"""{"model":"m","stream":{{(stream ? "true" : "false")}},"messages":[{"role":"user","content":"x"}]}"""));
        return ((int)response.StatusCode, response.Headers.TryGetValues("x-llm-gateway-provider", out var told) ? told.Single() : null, await response.Content.ReadAsStringAsync());
    }
}
