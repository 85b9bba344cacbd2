using System.Diagnostics;
using System.Text.Json;

namespace LlmGateway.Api.Tests.Streaming;

/// <summary>
/// What a provider can do wrong. Before the first chunk the answer is a plain error; after it the stream ends with an error event.
/// Never is a broken answer completed as if it were whole.
/// </summary>
public class FaultTests(FaultTests.FaultFixture fixture) : IClassFixture<FaultTests.FaultFixture>
{
    private static readonly TimeSpan Bounded = TimeSpan.FromSeconds(15);

    public sealed class FaultFixture : GatewayFixture
    {
        private static readonly string[] Faults =
        [
            "cut-after-0", "cut-after-1", "cut-after-3", "cut-after-3-bytes-20", "end-after-0", "end-after-1", "end-after-3", "end-after-3-bytes-20", "reset", "reset-after-1", "reset-after-3",
            "stall", "stall-after-1", "stall-after-3", "malformed-after-0", "malformed-after-1", "malformed-after-3", "truncate-after-0", "truncate-after-3", "no-done", "no-finish", "no-finish+no-done",
            "html", "error-body", "error-event-after-0", "error-event-after-2", "split-bytes-1", "split-bytes-1+crlf", "crlf", "giant-bytes-1000000", "giant-bytes-17000000",
            "status-code-400", "status-code-401", "status-code-402", "status-code-403", "status-code-404", "status-code-408", "status-code-418", "status-code-422",
            "status-code-429-retry-7", "status-code-429", "status-code-500", "status-code-502", "status-code-503-retry-3", "status-code-504",
            "status-code-302", "status-code-400-body-plain%20text", "status-code-500-body-stack%20trace",
        ];

        protected override (string Name, string? Value)[] Settings =>
        [
            ("Providers:up:Timeouts:Connect", "00:00:02"),
            ("Providers:up:Timeouts:FirstToken", "00:00:01.5"),
            ("Providers:up:Timeouts:Idle", "00:00:01.5"),
            ("Providers:up:Timeouts:Total", "00:00:04"),
            ("Providers:dead:Type", "openai"), ("Providers:dead:BaseUrl", "http://127.0.0.1:9/v1"),
            ("Providers:dead:Models:dead:UpstreamName", "x"), ("Providers:dead:Discover", "false"),
            ("Providers:nowhere:Type", "openai"), ("Providers:nowhere:BaseUrl", "http://no-such-host.invalid/v1"),
            ("Providers:nowhere:Models:nowhere:UpstreamName", "x"), ("Providers:nowhere:Discover", "false"),
            .. Faults.Select(f => ($"Providers:up:Models:{f}:UpstreamName", (string?)$"sim-fast+{f}")),
        ];
    }

    [Theory]
    [InlineData("cut-after-1", "upstream_interrupted")]
    [InlineData("cut-after-3", "upstream_interrupted")]
    [InlineData("cut-after-3-bytes-20", "upstream_interrupted")]
    [InlineData("end-after-1", "upstream_interrupted")]
    [InlineData("end-after-3", "upstream_interrupted")]
    [InlineData("end-after-3-bytes-20", "upstream_interrupted")]
    [InlineData("reset-after-1", "upstream_interrupted")]
    [InlineData("reset-after-3", "upstream_interrupted")]
    [InlineData("stall-after-1", "upstream_timeout")]
    [InlineData("stall-after-3", "upstream_timeout")]
    [InlineData("malformed-after-1", "upstream_invalid_response")]
    [InlineData("malformed-after-3", "upstream_invalid_response")]
    [InlineData("truncate-after-3", "upstream_invalid_response")]
    [InlineData("no-finish", "upstream_interrupted")]
    [InlineData("no-finish+no-done", "upstream_interrupted")]
    [InlineData("error-event-after-2", "upstream_error")]
    [InlineData("giant-bytes-17000000", "upstream_invalid_response")]
    public async Task AStreamThatBreaks_EndsWithAnErrorAndNeverWithDone(string fault, string code)
    {
        var watch = Stopwatch.StartNew();
        using var response = await fixture.Client.PostAsync(Json.ChatPath, Json.Content(Json.ChatStream("!echo one two three four five", fault)));
        var text = await response.Content.ReadAsStringAsync();
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, Bounded);
        Assert.True((int)response.StatusCode == 200, text);
        Assert.DoesNotContain("[DONE]", text, StringComparison.Ordinal);
        var sse = SseText.Parse(text);
        Assert.NotNull(sse.Error);
        OpenAISchemas.AssertValid("ErrorResponse", sse.Events[^1]);
        Assert.Equal(code, sse.Error.Value.GetProperty("code").GetString());
        Assert.Contains("'up'", sse.Error.Value.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain(sse.Chunks, c => c.GetProperty("choices").EnumerateArray().Any(x => x.GetProperty("finish_reason").ValueKind == JsonValueKind.String && fault.Contains("finish", StringComparison.Ordinal)));
        Assert.StartsWith(sse.Content(), "one two three four five", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("reset", 502, "upstream_interrupted")]
    [InlineData("cut-after-0", 502, "upstream_interrupted")]
    [InlineData("end-after-0", 502, "upstream_interrupted")]
    [InlineData("stall", 504, "upstream_timeout")]
    [InlineData("malformed-after-0", 502, "upstream_invalid_response")]
    [InlineData("truncate-after-0", 502, "upstream_invalid_response")]
    [InlineData("html", 502, "upstream_invalid_response")]
    [InlineData("error-body", 502, "upstream_error")]
    [InlineData("error-event-after-0", 502, "upstream_error")]
    [InlineData("status-code-401", 502, "upstream_credentials_rejected")]
    [InlineData("status-code-500", 502, "upstream_error")]
    [InlineData("status-code-429-retry-7", 429, "upstream_rate_limited")]
    [InlineData("dead", 503, "upstream_unavailable")]
    [InlineData("nowhere", 503, "upstream_unavailable")]
    public async Task AStreamThatFailsBeforeItsFirstChunk_IsAPlainError(string fault, int status, string code)
    {
        var watch = Stopwatch.StartNew();
        using var response = await fixture.Client.PostAsync(Json.ChatPath, Json.Content(Json.ChatStream("hi", fault)));
        await ErrorAssert.IsAsync(response, status, code);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, Bounded);
    }

    [Theory]
    [InlineData("no-done")]
    [InlineData("crlf")]
    [InlineData("split-bytes-1")]
    [InlineData("split-bytes-1+crlf")]
    [InlineData("giant-bytes-1000000")]
    public async Task WhatOnlyLooksOdd_IsMadeGood(string fault)
    {
        const string text = "Grüße – 世界 😀👩‍👩‍👧 done";
        using var response = await fixture.Client.PostAsync(Json.ChatPath, Json.Content(Json.ChatStream("!echo " + text, fault)));
        var sse = SseText.Parse(await response.Content.ReadAsStringAsync());
        Assert.True(sse.IsDone);
        Assert.Equal(text, sse.Content());

        using var whole = await fixture.Client.PostAsync(Json.ChatPath, Json.Content(Json.Chat("!echo " + text, fault)));
        Assert.Equal(text, Json.ContentOf(await whole.Content.ReadAsStringAsync()));
    }

    [Theory]
    [InlineData("reset", 502, "upstream_interrupted")]
    [InlineData("cut-after-1", 502, "upstream_interrupted")]
    [InlineData("end-after-1", 502, "upstream_invalid_response")]
    [InlineData("truncate-after-3", 502, "upstream_invalid_response")]
    [InlineData("malformed-after-1", 502, "upstream_invalid_response")]
    [InlineData("stall", 504, "upstream_timeout")]
    [InlineData("stall-after-1", 504, "upstream_timeout")]
    [InlineData("html", 502, "upstream_invalid_response")]
    [InlineData("error-body", 502, "upstream_error")]
    [InlineData("status-code-400", 400, null)]
    [InlineData("status-code-401", 502, "upstream_credentials_rejected")]
    [InlineData("status-code-402", 502, "upstream_credentials_rejected")]
    [InlineData("status-code-403", 502, "upstream_credentials_rejected")]
    [InlineData("status-code-404", 404, "model_not_found")]
    [InlineData("status-code-408", 504, "upstream_timeout")]
    [InlineData("status-code-418", 418, null)]
    [InlineData("status-code-422", 422, null)]
    [InlineData("status-code-429-retry-7", 429, "upstream_rate_limited")]
    [InlineData("status-code-429", 429, "upstream_rate_limited")]
    [InlineData("status-code-500", 502, "upstream_error")]
    [InlineData("status-code-502", 502, "upstream_error")]
    [InlineData("status-code-503-retry-3", 503, "upstream_unavailable")]
    [InlineData("status-code-504", 504, "upstream_timeout")]
    [InlineData("status-code-302", 502, "upstream_invalid_response")]
    [InlineData("status-code-400-body-plain%20text", 400, "upstream_rejected")]
    [InlineData("status-code-500-body-stack%20trace", 502, "upstream_error")]
    [InlineData("dead", 503, "upstream_unavailable")]
    public async Task AWholeAnswerThatFails_IsAPlainError(string fault, int status, string? code)
    {
        var watch = Stopwatch.StartNew();
        using var response = await fixture.Client.PostAsync(Json.ChatPath, Json.Content(Json.Chat("hi", fault)));
        var text = await response.Content.ReadAsStringAsync();
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, Bounded);
        Assert.True(status == (int)response.StatusCode, $"{(int)response.StatusCode}: {text}");
        Assert.Equal("application/json", response.Content.Headers.ContentType?.ToString());
        OpenAISchemas.AssertValid("ErrorResponse", text);
        Assert.Equal(code, Json.Parse(text).GetProperty("error").GetProperty("code").GetString());
        var retry = fault.Split("retry-") is [_, var seconds] ? seconds : null;
        Assert.Equal(retry, response.Headers.TryGetValues("Retry-After", out var values) ? values.Single() : null);
        Assert.DoesNotContain("stack trace", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AfterFaults_TheGatewayIsAsBefore()
    {
        foreach (var fault in new[] { "cut-after-1", "reset", "malformed-after-1", "status-code-500" })
        {
            using var broken = await fixture.Client.PostAsync(Json.ChatPath, Json.Content(Json.ChatStream("hi", fault)));
            await broken.Content.ReadAsStringAsync();
        }

        using var response = await fixture.Client.PostAsync(Json.ChatPath, Json.Content(Json.ChatStream("!echo fine")));
        Assert.Equal("fine", SseText.Parse(await response.Content.ReadAsStringAsync()).Content());
        await fixture.QuietAsync();
        Assert.Empty(fixture.Gateway.Errors);
    }
}
