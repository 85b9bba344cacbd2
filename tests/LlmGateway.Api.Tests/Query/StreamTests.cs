using System.IO.Pipelines;
using System.Text;
using LlmGateway.Api.Query;

namespace LlmGateway.Api.Tests.Query;

public sealed class StreamTests(PlainFixture fixture) : IClassFixture<PlainFixture>
{
    [Fact]
    public async Task Stream_EndsFinished_AndWithDone()
    {
        using var response = await fixture.Client.PostAsync("/stream", Json.Content("""{"prompt":"!echo Grüße an alle 42","provider":"second"}"""));
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        Assert.Equal("text/event-stream; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        Assert.Equal("second", response.Headers.GetValues("x-llm-gateway-provider").Single());
        var sse = SseText.Parse(text);
        Assert.True(sse.IsDone);
        Assert.Equal("Grüße an alle 42", string.Concat(sse.Chunks.Select(c => c.GetProperty("chunk").GetString())));
        Assert.All(sse.Chunks, c => Assert.Equal(["chunk", "finished"], c.EnumerateObject().Select(p => p.Name)));
        Assert.All(sse.Chunks.SkipLast(1), c => Assert.False(c.GetProperty("finished").GetBoolean()));
        Assert.True(sse.Chunks.Last().GetProperty("finished").GetBoolean());
        Assert.StartsWith("data: {\"chunk\": \"Grüße", text, StringComparison.Ordinal);
        Assert.EndsWith(", \"finished\": true}\n\ndata: [DONE]\n\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cut-after-3", "upstream_interrupted")]
    [InlineData("stall-after-3", "upstream_timeout")]
    [InlineData("malformed-after-3", "upstream_invalid_response")]
    [InlineData("no-finish", "upstream_interrupted")]
    [InlineData("error-event-after-2", "upstream_error")]
    public async Task AStreamThatBreaks_NeverLooksFinished(string model, string code)
    {
        using var response = await fixture.Client.PostAsync("/stream", Json.Content($$"""{"prompt":"!echo one two three four five","model":"{{model}}"}"""));
        var text = await response.Content.ReadAsStringAsync();
        Assert.True((int)response.StatusCode == 200, text);
        var sse = SseText.Parse(text);
        Assert.False(sse.IsDone);
        Assert.Equal(code, sse.Error?.GetProperty("code").GetString());
        Assert.DoesNotContain("\"finished\": true", text, StringComparison.Ordinal);
        Assert.StartsWith(string.Concat(sse.Chunks.Select(c => c.GetProperty("chunk").GetString())), "one two three four five", StringComparison.Ordinal);
    }

    [Fact]
    public async Task AFailureBeforeTheFirstChunk_IsAProblemWithItsStatus()
    {
        using var response = await fixture.Client.PostAsync("/stream", Json.Content("""{"prompt":"x","model":"status-code-500"}"""));
        await ProblemAssert.IsAsync(response, 502, "upstream_error");
    }

    [Fact]
    public async Task ABufferedStreamThatBreaks_IsAProblem()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/stream") { Content = Json.Content("""{"prompt":"!echo one two","model":"cut-after-3"}""") };
        request.Headers.Add("x-llm-gateway-stream-mode", "buffered");
        using var response = await fixture.Client.SendAsync(request);
        await ProblemAssert.IsAsync(response, 502, "upstream_interrupted");
    }

    [Fact]
    public async Task AClientThatLeaves_StopsTheModel()
    {
        await using (var connection = await fixture.Gateway.ConnectAsync())
        {
            await connection.PostAsync("/stream", $$"""{"prompt":"!echo {{string.Join(' ', Enumerable.Repeat("word", 2000))}}","model":"sim-paced"}""");
            await connection.WaitForAsync("\"finished\": false");
            connection.Reset();
        }

        await fixture.QuietAsync();
    }

    [Theory]
    [InlineData("""{"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}""", null)]
    [InlineData("""{"choices":[{"index":0,"delta":{"reasoning_content":"hm"}}]}""", null)]
    [InlineData("""{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"name":"f","arguments":"{}"}}]}}]}""", null)]
    [InlineData("""{"choices":[{"index":1,"delta":{"content":"other"}}]}""", null)]
    [InlineData("""{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1}}""", null)]
    [InlineData("""{"choices":[{"delta":{"content":null}}]}""", null)]
    [InlineData("""{"choices":[{"delta":{"reasoning_content":"hm","content":"a\n\"b\""},"index":0}]}""", """ "a\n\"b\"" """)]
    [InlineData("""{"id":"x","choices":[{"index":0,"delta":{"refusal":"No."}}]}""", "\"No.\"")]
    public async Task OnlyText_BecomesEvents(string chunk, string? text)
    {
        var pipe = new Pipe();
        TextChunks.Format.Write(pipe.Writer, Encoding.UTF8.GetBytes(chunk));
        await pipe.Writer.CompleteAsync();
        using var reader = new StreamReader(pipe.Reader.AsStream());
        Assert.Equal(text is null ? "" : $"data: {{\"chunk\": {text.Trim()}, \"finished\": false}}\n\n", await reader.ReadToEndAsync());
    }
}
