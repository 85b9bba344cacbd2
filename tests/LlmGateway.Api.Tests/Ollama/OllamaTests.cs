using System.Text.Json;

namespace LlmGateway.Api.Tests.Ollama;

/// <summary>The Ollama dialect end to end: official wire on the one side, OpenAI's on the other.</summary>
public sealed class OllamaTests(OllamaFixture fixture) : IClassFixture<OllamaFixture>
{
    [Fact]
    public async Task Chat_HasTextUsageAndTimings_AndKeepsTheModelLoaded()
    {
        using var response = await fixture.ChatAsync("!echo Grüße 😀");
        var text = await response.Content.ReadAsStringAsync();
        var root = Json.Parse(text);

        OpenAISchemas.AssertValid("CreateChatCompletionResponse", text);
        Assert.Equal("Grüße 😀", root.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
        Assert.Equal("fast", root.GetProperty("model").GetString());
        Assert.True(root.GetProperty("timings").GetProperty("total_ms").GetDouble() > 0);
        var running = Json.Parse(await fixture.Gateway.Client.GetStringAsync(new Uri(fixture.Simulator.BaseAddress, "api/ps")));
        Assert.Contains(running.GetProperty("models").EnumerateArray(), m => m.GetProperty("name").GetString() == "fast:latest" && m.GetProperty("expires_at").GetDateTimeOffset().Year > 2200);
    }

    [Theory]
    [InlineData("split-bytes-1")]
    [InlineData("crlf")]
    public async Task Stream_IsWholeHoweverTheBytesArrive(string model)
    {
        using var response = await fixture.ChatAsync("!echo é 😀 漢字", model, stream: true, ",\"stream_options\":{\"include_usage\":true}");
        var sse = SseText.Parse(await response.Content.ReadAsStringAsync());

        Assert.True(sse.IsDone);
        Assert.Equal("é 😀 漢字", sse.Content());
        Assert.All(sse.Chunks, c => OpenAISchemas.AssertValid("CreateChatCompletionStreamResponse", c.GetRawText()));
        Assert.Equal(JsonValueKind.Object, sse.Chunks.Last().GetProperty("usage").ValueKind);
    }

    [Fact]
    public async Task Thoughts_AreReasoningContent_UnlessNoneAreWanted()
    {
        using var thinking = await fixture.ChatAsync("!echo done", "thinker", more: ",\"reasoning_effort\":\"high\"");
        using var plain = await fixture.ChatAsync("!echo done", "thinker", more: ",\"reasoning_effort\":\"none\"");
        using var unable = await fixture.ChatAsync("!echo done", more: ",\"reasoning_effort\":\"high\"");

        var message = Json.Parse(await thinking.Content.ReadAsStringAsync()).GetProperty("choices")[0].GetProperty("message");
        Assert.StartsWith("The user writes", message.GetProperty("reasoning_content").GetString(), StringComparison.Ordinal);
        Assert.Equal("done", message.GetProperty("content").GetString());
        Assert.DoesNotContain("reasoning_content", await plain.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await ErrorAssert.IsAsync(unable, 400, "unsupported_operation", "reasoning_effort");
    }

    [Fact]
    public async Task Images_AreTakenFromTheRequestAlone()
    {
        const string Ask = """{"model":"viewer","messages":[{"role":"user","content":[{"type":"text","text":"!echo seen"},{"type":"image_url","image_url":{"url":"URL"}}]}]}""";
        using var inside = await PostAsync(Ask.Replace("URL", "data:image/png;base64,iVBORw0KGgo=", StringComparison.Ordinal));
        using var outside = await PostAsync(Ask.Replace("URL", fixture.Simulator.BaseAddress + "api/version", StringComparison.Ordinal));

        Assert.Contains("\"seen\"", await inside.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await ErrorAssert.IsAsync(outside, 400, "invalid_image_url", "messages[0].content[1].image_url");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task PromptThatIsTooLong_IsRefused(bool stream)
    {
        using var response = await fixture.ChatAsync(Words(5000), stream: stream);
        using var configured = await fixture.ChatAsync(Words(300), "small", stream);

        await ErrorAssert.IsAsync(response, 400, "context_length_exceeded", "messages");
        await ErrorAssert.IsAsync(configured, 400, "context_length_exceeded", "messages");
    }

    [Fact]
    public async Task AnswerThatFillsTheWindow_EndsWithLength()
    {
        using var response = await fixture.ChatAsync("!words 500", "small");

        Assert.Equal("length", Json.Parse(await response.Content.ReadAsStringAsync()).GetProperty("choices")[0].GetProperty("finish_reason").GetString());
    }

    [Fact]
    public async Task TextThatIsTooLongToEmbed_IsRefused()
    {
        using var response = await fixture.Gateway.Client.PostAsync("/v1/embeddings", Json.Content($$"""{"model":"embedder","input":["x","{{Words(5000)}}"]}"""));

        await ErrorAssert.IsAsync(response, 400, "context_length_exceeded", "input");
    }

    [Theory]
    [InlineData("cut-after-2", "upstream_interrupted")]
    [InlineData("cut-after-2-bytes-30", "upstream_interrupted")]
    [InlineData("end-after-2", "upstream_interrupted")]
    [InlineData("reset-after-2", "upstream_interrupted")]
    [InlineData("stall-after-2", "upstream_timeout")]
    [InlineData("malformed-after-2", "upstream_invalid_response")]
    [InlineData("truncate-after-2", "upstream_invalid_response")]
    [InlineData("no-done", "upstream_interrupted")]
    [InlineData("error-event-after-2", "upstream_error")]
    [InlineData("giant-bytes-17000000", "upstream_invalid_response")]
    public async Task StreamThatBreaks_EndsWithAnErrorAndNeverWithDone(string fault, string code)
    {
        using var response = await fixture.ChatAsync("!echo one two three four five", fault, stream: true);
        var text = await response.Content.ReadAsStringAsync();

        Assert.True((int)response.StatusCode == 200, text);
        var sse = SseText.Parse(text);
        Assert.Equal(code, sse.Error?.GetProperty("code").GetString());
        Assert.DoesNotContain("[DONE]", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\"finish_reason\":\"", text, StringComparison.Ordinal);
        Assert.StartsWith(sse.Content(), "one two three four five", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cut-after-0", 502, "upstream_interrupted")]
    [InlineData("reset", 502, "upstream_interrupted")]
    [InlineData("error-event-after-0", 502, "upstream_error")]
    [InlineData("error-body", 502, "upstream_error")]
    [InlineData("html", 502, "upstream_invalid_response")]
    [InlineData("status-code-503-retry-3", 503, "upstream_unavailable")]
    public async Task FaultBeforeTheFirstChunk_IsAPlainError(string fault, int status, string code)
    {
        using var response = await fixture.ChatAsync("hello", fault, stream: true);

        await ErrorAssert.IsAsync(response, status, code);
    }

    [Fact]
    public async Task ClientThatLeaves_FreesTheModel()
    {
        using (var response = await fixture.Gateway.Client.SendAsync(
            new HttpRequestMessage(HttpMethod.Post, Json.ChatPath) { Content = Json.Content("""{"model":"slow","stream":true,"messages":[{"role":"user","content":"!words 1000"}]}""") },
            HttpCompletionOption.ResponseHeadersRead))
        {
            await using var body = await response.Content.ReadAsStreamAsync();
            await body.ReadExactlyAsync(new byte[10]);
        }

        var end = TestTimeouts.Token();
        while (fixture.Simulator.Stats.Models["slow"].Active > 0)
        {
            end.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        Assert.Equal(1, fixture.Simulator.Stats.Models["slow"].Aborted);
    }

    private static string Words(int count) => string.Join(' ', Enumerable.Repeat("word", count));

    private Task<HttpResponseMessage> PostAsync(string body) => fixture.Gateway.Client.PostAsync(Json.ChatPath, Json.Content(body));
}

/// <summary>A server that shortens prompts without a word: what it answers to them must not pass.</summary>
public sealed class OldOllamaTests(OldOllamaFixture fixture) : IClassFixture<OldOllamaFixture>
{
    [Fact]
    public async Task ShortPrompt_IsAnswered()
    {
        using var response = await fixture.ChatAsync("!echo hi", "small");

        Assert.Contains("\"hi\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("fast", 5000)]
    [InlineData("small", 210)]
    public async Task PromptThatWasCut_FailsWhereItIsSeen(string model, int words)
    {
        var prompt = string.Join(' ', Enumerable.Repeat("word", words));
        using var whole = await fixture.ChatAsync(prompt, model);
        using var stream = await fixture.ChatAsync(prompt, model, stream: true);

        await ErrorAssert.IsAsync(whole, 400, "context_length_exceeded", "messages");
        var sse = SseText.Parse(await stream.Content.ReadAsStringAsync());
        Assert.False(sse.IsDone);
        Assert.Equal("context_length_exceeded", sse.Error?.GetProperty("code").GetString());
    }

    [Fact]
    public async Task DroppedMessages_AreSeen()
    {
        var old = string.Join(' ', Enumerable.Repeat("word", 4500));
        using var response = await fixture.Gateway.Client.PostAsync(Json.ChatPath, Json.Content(
            $$"""{"model":"fast","messages":[{"role":"user","content":"{{old}}"},{"role":"assistant","content":"yes"},{"role":"user","content":"!echo forgotten"}]}"""));

        await ErrorAssert.IsAsync(response, 400, "context_length_exceeded", "messages");
    }

    [Fact]
    public async Task AnswerThatRanOverTheWindow_IsRefused()
    {
        using var response = await fixture.ChatAsync("!words 500", "small");

        await ErrorAssert.IsAsync(response, 400, "context_length_exceeded", "messages");
    }
}
