using System.Text.Json;

namespace LlmGateway.Api.Tests.Inference;

public class ChatTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    [Fact]
    public async Task AnAnswer_IsWholeAndOfOpenAIsShape()
    {
        using var response = await fixture.Client.PostAsync(Json.ChatPath, Json.Content(Json.Chat("!echo Grüße, 世界 😀")));
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.ToString());
        OpenAISchemas.AssertValid("CreateChatCompletionResponse", text);
        Assert.Equal("Grüße, 世界 😀", Json.ContentOf(text));
        AssertDecisions(response, "sim-fast");
    }

    [Theory]
    [InlineData("best", "sim-fast")]
    [InlineData("up/sim-fast", "sim-fast")]
    [InlineData("meta/llama:8b", "meta/llama:8b")]
    [InlineData("up/meta/llama:8b", "meta/llama:8b")]
    public async Task AModel_IsReachedByEachOfItsNames(string name, string upstream)
    {
        using var response = await fixture.Client.PostAsync(Json.ChatPath, Json.Content(Json.Chat("!echo named", name)));
        Assert.Equal("named", Json.ContentOf(await response.Content.ReadAsStringAsync()));
        AssertDecisions(response, upstream);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\"n\":3,\"logprobs\":true,\"top_logprobs\":2,\"seed\":5")]
    [InlineData("\"max_tokens\":2")]
    [InlineData("\"response_format\":{\"type\":\"json_object\"}")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"get_weather\",\"parameters\":{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}},\"required\":[\"city\"]}}}],\"tool_choice\":\"required\"")]
    public async Task EveryKindOfAnswer_IsOfOpenAIsShape_WholeAndStreamed(string members)
    {
        using var whole = await fixture.Client.PostAsync(Json.ChatPath, Json.Content(Json.Chat("Tell me about Oslo", members: members)));
        var text = await whole.Content.ReadAsStringAsync();
        Assert.True(whole.IsSuccessStatusCode, text);
        OpenAISchemas.AssertValid("CreateChatCompletionResponse", text);

        using var streamed = await fixture.Client.PostAsync(Json.ChatPath, Json.Content(Json.ChatStream("Tell me about Oslo", members: members)));
        var sse = SseText.Parse(await streamed.Content.ReadAsStringAsync());
        Assert.True(sse.IsDone);
        Assert.All(sse.Events.SkipLast(1), e => OpenAISchemas.AssertValid("CreateChatCompletionStreamResponse", e));
        var reasons = sse.Chunks.SelectMany(c => c.GetProperty("choices").EnumerateArray())
            .Select(c => c.GetProperty("finish_reason").GetString()).Where(r => r is not null).ToArray();
        Assert.Equal(Json.Parse(text).GetProperty("choices").EnumerateArray().Select(c => c.GetProperty("finish_reason").GetString()), reasons);
    }

    [Fact]
    public async Task AStream_BeginsWithTheRoleAndEndsWithItsTerminator()
    {
        using var response = await fixture.Client.PostAsync(Json.ChatPath, Json.Content(Json.ChatStream("!echo one two three 😀")));
        Assert.Equal("text/event-stream; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        Assert.Equal("no-cache", response.Headers.CacheControl?.ToString());
        Assert.Equal("no", Assert.Single(response.Headers.GetValues("X-Accel-Buffering")));
        AssertDecisions(response, "sim-fast");

        var sse = SseText.Parse(await response.Content.ReadAsStringAsync());
        Assert.True(sse.IsDone);
        Assert.Equal("", sse.Rest);
        Assert.Equal("one two three 😀", sse.Content());
        Assert.Equal("assistant", sse.Chunks.First().GetProperty("choices")[0].GetProperty("delta").GetProperty("role").GetString());
        Assert.Equal("stop", sse.Chunks.Last().GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.DoesNotContain(sse.Chunks, c => c.TryGetProperty("usage", out var usage) && usage.ValueKind == JsonValueKind.Object);
    }

    [Fact]
    public async Task Usage_ComesOnceBeforeTheTerminatorWhenAskedFor()
    {
        using var response = await fixture.Client.PostAsync(
            Json.ChatPath, Json.Content(Json.ChatStream("!echo counted", members: "\"stream_options\":{\"include_usage\":true}")));
        var sse = SseText.Parse(await response.Content.ReadAsStringAsync());
        Assert.True(sse.IsDone);
        var chunks = sse.Chunks.ToArray();
        Assert.Empty(chunks[^1].GetProperty("choices").EnumerateArray());
        Assert.True(chunks[^1].GetProperty("usage").GetProperty("completion_tokens").GetInt32() > 0);
        Assert.All(chunks[..^1], c => Assert.Equal(JsonValueKind.Null, c.GetProperty("usage").ValueKind));
    }

    [Fact]
    public async Task UnknownFields_ReachTheProviderAsTheyWere()
    {
        const string vendor = """ "x_vendor" : {"keep":[1, 2.50, "\u00e9"]},"min_p":0.05""";
        using var response = await fixture.Client.PostAsync(Json.ChatPath, Json.Content(Json.Chat("!echo vendor fields", "best", vendor)));
        response.EnsureSuccessStatusCode();
        var request = Assert.Single(fixture.Simulator.Requests, r => r.Body.Contains("vendor fields", StringComparison.Ordinal));
        Assert.Equal(Json.Chat("!echo vendor fields", "sim-fast", vendor), request.Body);
    }

    [Fact]
    public async Task ACompletion_IsAnsweredWholeAndStreamed()
    {
        using var whole = await fixture.Client.PostAsync(Json.CompletionPath, Json.Content("""{"model":"sim-fast","prompt":"!echo legacy text"}"""));
        var text = await whole.Content.ReadAsStringAsync();
        OpenAISchemas.AssertValid("CreateCompletionResponse", text);
        Assert.Equal("legacy text", Json.Parse(text).GetProperty("choices")[0].GetProperty("text").GetString());

        using var streamed = await fixture.Client.PostAsync(Json.CompletionPath, Json.Content("""{"model":"sim-fast","prompt":"!echo legacy text","stream":true}"""));
        var sse = SseText.Parse(await streamed.Content.ReadAsStringAsync());
        Assert.True(sse.IsDone);
        Assert.Equal("legacy text", string.Concat(sse.Chunks.SelectMany(c => c.GetProperty("choices").EnumerateArray()).Select(c => c.GetProperty("text").GetString())));
    }

    private static void AssertDecisions(HttpResponseMessage response, string model)
    {
        Assert.Equal("up", Assert.Single(response.Headers.GetValues("x-llm-gateway-provider")));
        Assert.Equal(model, Assert.Single(response.Headers.GetValues("x-llm-gateway-model")));
        Assert.Equal("1", Assert.Single(response.Headers.GetValues("x-llm-gateway-attempts")));
        Assert.Single(response.Headers.GetValues("x-request-id"));
    }
}
