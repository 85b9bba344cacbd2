namespace LlmGateway.Api.Tests.Streaming;

public class KeepAliveTests(KeepAliveTests.QuietFixture fixture) : IClassFixture<KeepAliveTests.QuietFixture>
{
    public sealed class QuietFixture : GatewayFixture
    {
        protected override (string Name, string? Value)[] Settings =>
        [
            ("Server:StreamKeepAlive", "00:00:00.1"),
            ("Providers:up:Timeouts:Idle", "00:00:03"),
            ("Providers:up:Models:quiet:UpstreamName", "sim-fast+stall-after-2"),
            ("Providers:up:Models:slow:UpstreamName", "sim-fast+timing-tps-4"),
            ("Providers:up:Models:crawl:UpstreamName", "sim-fast+split-bytes-3"),
        ];
    }

    [Fact]
    public async Task AQuietStream_GetsCommentsThatBreakNothing()
    {
        using var response = await fixture.Client.PostAsync(Json.ChatPath, Json.Content(Json.ChatStream("!echo one two three four", "slow")));
        var sse = SseText.Parse(await response.Content.ReadAsStringAsync());
        Assert.True(sse.IsDone);
        Assert.Equal("one two three four", sse.Content());
        Assert.NotEmpty(sse.Comments);
        Assert.All(sse.Comments, c => Assert.Equal(": keep-alive", c));
    }

    [Fact]
    public async Task AStreamThatFallsSilent_GetsCommentsUntilItsErrorAndNoneAfter()
    {
        using var response = await fixture.Client.PostAsync(Json.ChatPath, Json.Content(Json.ChatStream("!echo one two three four", "quiet")));
        var text = await response.Content.ReadAsStringAsync();
        var sse = SseText.Parse(text);
        Assert.False(sse.IsDone);
        Assert.Equal("upstream_timeout", sse.Error?.GetProperty("code").GetString());
        Assert.InRange(sse.Comments.Count, 2, 60);
        Assert.True(text.LastIndexOf(": keep-alive", StringComparison.Ordinal) < text.IndexOf("\"error\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ManyStreams_NeverGetACommentInsideAnEvent()
    {
        var texts = await Task.WhenAll(Enumerable.Range(0, 40).Select(async i =>
        {
            using var response = await fixture.Client.PostAsync(Json.ChatPath, Json.Content(Json.ChatStream($"!echo stream {i} of several words", i % 2 == 0 ? "slow" : "crawl")));
            return (i, await response.Content.ReadAsStringAsync());
        }));
        foreach (var (i, text) in texts)
        {
            var sse = SseText.Parse(text);
            Assert.True(sse.IsDone, text);
            Assert.Equal($"stream {i} of several words", sse.Content());
            Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
        }
    }
}
