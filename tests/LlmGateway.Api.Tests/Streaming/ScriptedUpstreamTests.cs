using System.Globalization;
using System.Text;

namespace LlmGateway.Api.Tests.Streaming;

/// <summary>Upstreams whose every byte is chosen, the way a hostile or half-broken server would.</summary>
public sealed class ScriptedUpstreamTests : IAsyncLifetime
{
    private const string Sse = "text/event-stream";
    private const string Role = """{"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}""";
    private const string Finish = """{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}""";

    private readonly ScriptedServer _upstream = new ScriptedServer().On("/v1/models", """{"object":"list","data":[{"id":"m","object":"model","created":1,"owned_by":"o"}]}""");
    private TestGateway _gateway = null!;

    public async Task InitializeAsync() => _gateway = await TestGateway.StartAsync(
        _upstream.BaseUrl + "/v1", ("Providers:up:Timeouts:Idle", "00:00:05"), ("Providers:up:Timeouts:FirstToken", "00:00:05"));

    public async Task DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Theory]
    [InlineData("\"stop\"", true)]
    [InlineData("null", false)]
    public async Task LargeAnswer_ArrivesWhole_OrIsBrokenOff(string finishReason, bool whole)
    {
        var document = $$"""{"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"{{new string('x', 700_000)}}"},"finish_reason":{{finishReason}}}]}""";
        _upstream.Then(async connection =>
        {
            await connection.SendHeadAsync("application/json");
            await connection.SendChunkAsync(document);
            await connection.EndAsync();
        });

        var reading = _gateway.Client.PostAsync(Json.ChatPath, Json.Content("""{"model":"m","messages":[{"role":"user","content":"x"}]}"""));
        if (whole)
        {
            Assert.Equal(document, await (await reading).Content.ReadAsStringAsync());
            return;
        }

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => reading);
    }

    [Fact]
    public async Task TextCutInEveryCharacter_ArrivesWhole()
    {
        const string text = "Zażółć 世界 😀👩‍👩‍👧‍👦 e\u0301 🇳🇴";
        var bytes = Encoding.UTF8.GetBytes($"data: {Role}\n\ndata: {Delta(text)}\n\ndata: {Finish}\n\ndata: [DONE]\n\n");
        _upstream.Then(async connection =>
        {
            await connection.SendHeadAsync(Sse);
            foreach (var b in bytes)
            {
                await connection.SendChunkAsync((byte[])[b]);
            }

            await connection.EndAsync();
        });
        var sse = await StreamAsync();
        Assert.True(sse.IsDone);
        Assert.Equal(text, sse.Content());
    }

    /// <summary>One event may lie on several <c>data</c> lines; put together it holds line feeds, which end a line again.</summary>
    [Theory]
    [InlineData("data: {\"choices\":\ndata: [{\"index\":0,\ndata: \"delta\":{\"content\":\"x\"}}]}\n\n")]
    [InlineData("data: {\"choices\":\r[{\"index\":0,\"delta\":\r\r{\"content\":\"x\"}}]}\n\n")]
    [InlineData(": comment\nevent: message\nid: 7\nretry: 5\ndata: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"}}]}\n\n")]
    public async Task AnEventOfSeveralLines_StaysOneEvent(string raw)
    {
        _upstream.ThenStream(Sse, $"data: {Role}\n\n", raw, $"data: {Finish}\n\n", "data: [DONE]\n\n");
        var sse = await StreamAsync();
        Assert.True(sse.IsDone);
        Assert.Equal("x", sse.Content());
        Assert.Equal(3, sse.Chunks.Count());
    }

    [Theory]
    [InlineData(new byte[] { 0xC3, 0x28 })]
    [InlineData(new byte[] { 0xFF })]
    [InlineData(new byte[] { 0xED, 0xA0, 0xBD })]
    public async Task TextThatIsNoUtf8_EndsTheStreamWithAnError(byte[] bytes)
    {
        _upstream.Then(async connection =>
        {
            await connection.SendHeadAsync(Sse);
            await connection.SendChunkAsync($"data: {Role}\n\n");
            await connection.SendChunkAsync((byte[])[.. "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\""u8, .. bytes, .. "\"}}]}\n\n"u8]);
            await connection.SendChunkAsync($"data: {Finish}\n\ndata: [DONE]\n\n");
            await connection.EndAsync();
        });
        var sse = await StreamAsync();
        Assert.False(sse.IsDone);
        Assert.Equal("upstream_invalid_response", sse.Error?.GetProperty("code").GetString());
    }

    [Theory]
    [InlineData("""{"choices":[{"index":0,"delta":{},"finish_reason":"\ud83d"}]}""")]
    [InlineData("""{"\udc00":1,"choices":[]}""")]
    [InlineData("""{"error":{"message":"\ud83d","code":"\udc00"}}""")]
    public async Task AnUnpairedSurrogateFromUpstream_IsAnErrorAndNoDefect(string chunk)
    {
        _upstream.ThenStream(Sse, $"data: {Role}\n\n", $"data: {chunk}\n\n");
        var sse = await StreamAsync();
        Assert.False(sse.IsDone);
        Assert.NotNull(sse.Error);
        Assert.Empty(_gateway.Errors);
    }

    [Fact]
    public async Task ASecondTerminatorOrMore_IsNotPassedOn()
    {
        _upstream.ThenStream(Sse, $"data: {Role}\n\ndata: {Finish}\n\ndata: [DONE]\n\ndata: [DONE]\n\ndata: {Role}\n\n");
        var sse = await StreamAsync();
        Assert.True(sse.IsDone);
        Assert.Equal(3, sse.Events.Count);
    }

    [Fact]
    public async Task ATerminatorInTheContent_IsContent()
    {
        _upstream.ThenStream(Sse, $"data: {Role}\n\n", $"data: {Delta("[DONE]")}\n\n", $"data: {Finish}\n\n", "data: [DONE]\n\n");
        var sse = await StreamAsync();
        Assert.Equal("[DONE]", sse.Content());
        Assert.True(sse.IsDone);
    }

    [Fact]
    public async Task SeveralAlternativesOfWhichOneIsCut_AreNoWholeAnswer()
    {
        _upstream.ThenStream(Sse, $"data: {Role}\n\n", "data: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"half\"}}]}\n\n", $"data: {Finish}\n\n", "data: [DONE]\n\n");
        var sse = await StreamAsync("\"n\":2");
        Assert.False(sse.IsDone);
        Assert.Equal("upstream_interrupted", sse.Error?.GetProperty("code").GetString());
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{\"choices\":[{\"message\":{},\"finish_reason\":\"stop\"}]}", "upstream_interrupted")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"choices\":[{\"message\":{\"content\":\"hal", "upstream_invalid_response")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "upstream_interrupted")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", "upstream_interrupted")]
    [InlineData("HTTP/1.1 204 No Content\r\n\r\n", "upstream_invalid_response")]
    [InlineData("HTTP/1.1 304 Not Modified\r\n\r\n", "upstream_invalid_response")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", "upstream_invalid_response")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: ;;;\r\nContent-Length: 2\r\n\r\n{}", "upstream_invalid_response")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n", "upstream_interrupted")]
    [InlineData("\0\0\0\0\0\0\0\0\0\0\0\0", "upstream_interrupted")]
    [InlineData("", "upstream_interrupted")]
    public async Task AnUpstreamThatIsNoHttpServer_IsExplained(string raw, string code)
    {
        // A connection that ends too early is tried a second time; an answer that is none is not.
        var attempts = code == "upstream_interrupted" ? 2 : 1;
        for (var i = 0; i < attempts; i++)
        {
            _upstream.Then(async connection =>
            {
                await connection.SendAsync(raw);
                await connection.CutAsync();
            });
        }

        using var response = await _gateway.Client.PostAsync(Json.ChatPath, Json.Content(Json.Chat("hi", "m")));
        await ErrorAssert.IsAsync(response, 502, code);
        Assert.Equal(attempts.ToString(CultureInfo.InvariantCulture), Assert.Single(response.Headers.GetValues("x-llm-gateway-attempts")));
        Assert.Empty(_gateway.Errors);
    }

    [Theory]
    [InlineData("Set-Cookie: a=b\r\nX-Internal: secret\r\nServer: vllm\r\nx-llm-gateway-provider: fake\r\n")]
    public async Task TheProvidersHeaders_StayHere(string headers)
    {
        _upstream.Then("""{"choices":[{"index":0,"message":{"role":"assistant","content":"x"},"finish_reason":"stop"}]}""", headers: headers);
        using var response = await _gateway.Client.PostAsync(Json.ChatPath, Json.Content(Json.Chat("hi", "m")));
        Assert.True(response.IsSuccessStatusCode);
        Assert.False(response.Headers.Contains("Set-Cookie"));
        Assert.False(response.Headers.Contains("X-Internal"));
        Assert.False(response.Headers.Contains("Server"));
        Assert.Equal("up", Assert.Single(response.Headers.GetValues("x-llm-gateway-provider")));
    }

    [Theory]
    [InlineData("[1e39,-1e39]", "base64")]
    [InlineData("[\"x\"]", "base64")]
    [InlineData("[[1]]", "base64")]
    [InlineData("\"AACAfw==\"", "float")]
    [InlineData("\"AADAfw==\"", "float")]
    [InlineData("\"AAA=\"", "float")]
    [InlineData("\"not base64!\"", "float")]
    public async Task AnEmbeddingThatIsNoVector_IsAnErrorAndNoDefect(string vector, string format)
    {
        _upstream.Then("{\"object\":\"list\",\"data\":[{\"object\":\"embedding\",\"index\":0,\"embedding\":" + vector + "}],\"model\":\"m\",\"usage\":{\"prompt_tokens\":1,\"total_tokens\":1}}");
        using var response = await _gateway.Client.PostAsync(Json.EmbeddingPath, Json.Content("{\"model\":\"m\",\"input\":\"x\",\"encoding_format\":\"" + format + "\"}"));
        await ErrorAssert.IsAsync(response, 502, "upstream_invalid_response");
        Assert.Empty(_gateway.Errors);
    }

    private static string Delta(string text) => $$$"""{"choices":[{"index":0,"delta":{"content":"{{{text}}}"}}]}""";

    private async Task<SseText> StreamAsync(string members = "")
    {
        using var response = await _gateway.Client.PostAsync(Json.ChatPath, Json.Content(Json.ChatStream("hi", "m", members)));
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return SseText.Parse(text);
    }
}
