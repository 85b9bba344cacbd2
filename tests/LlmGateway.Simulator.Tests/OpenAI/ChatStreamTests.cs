using System.Text.Json;
using LlmGateway.TestSupport;

namespace LlmGateway.Simulator.Tests.OpenAI;

public sealed class ChatStreamTests : SimulatorTest
{
    private async Task<List<string>> StreamAsync(string body)
    {
        using var response = await Http.PostAsync("v1/chat/completions", Json(body));
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        var events = Events(await response.Content.ReadAsStringAsync());
        foreach (var chunk in events.SkipLast(1)) OpenAISchemas.AssertValid("CreateChatCompletionStreamResponse", chunk);
        return events;
    }

    [Fact]
    public async Task Stream_IsByteForByteOpenAIs()
    {
        static string Chunk(string choices, string usage) =>
            $$"""{"id":"ID","object":"chat.completion.chunk","created":0,"model":"sim-small","system_fingerprint":"fp_simulator","choices":[{{choices}}],"usage":{{usage}}}""";
        var events = await StreamAsync(Chat("!echo Hé \"😀\"", ",\"stream\":true,\"stream_options\":{\"include_usage\":true}"));
        string[] expected =
        [
            Chunk("""{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}""", "null"),
            .. new[] { "Hé", " ", "\\\"", "😀", "\\\"" }.Select(t => Chunk($$"""{"index":0,"delta":{"content":"{{t}}"},"logprobs":null,"finish_reason":null}""", "null")),
            Chunk("""{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}""", "null"),
            Chunk("", """{"prompt_tokens":15,"completion_tokens":5,"total_tokens":20,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}"""),
            "[DONE]",
        ];
        Assert.Equal(expected, events.Select(Normal));
        Assert.Single(events.SkipLast(1).Select(e => JsonDocument.Parse(e).RootElement.GetProperty("id").GetString()).Distinct());
    }

    [Fact]
    public async Task WithoutIncludeUsage_NoChunkMentionsUsage()
    {
        var events = await StreamAsync(Chat("!echo a b", ",\"stream\":true"));
        Assert.DoesNotContain(events, e => e.Contains("usage", StringComparison.Ordinal));
        Assert.Equal(1, events.Count(e => e == "[DONE]"));
        Assert.Equal(1, events.Count(e => e.Contains("\"finish_reason\":\"", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task ToolCalls_AreStreamedAsDeltas()
    {
        const string tools = ""","stream":true,"tools":[{"type":"function","function":{"name":"get_weather","parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}},{"type":"function","function":{"name":"stock_price"}}]""";
        var events = await StreamAsync(Chat("weather in Paris and the stock of \"ACME\"", tools));
        var deltas = events.SkipLast(1).Select(e => JsonDocument.Parse(e).RootElement.GetProperty("choices")[0]).ToList();
        Assert.Equal("assistant", deltas[0].GetProperty("delta").GetProperty("role").GetString());
        var calls = deltas.Where(d => d.GetProperty("delta").TryGetProperty("tool_calls", out _)).Select(d => d.GetProperty("delta").GetProperty("tool_calls")[0]).ToList();
        Assert.Equal([0, 1], calls.Where(c => c.TryGetProperty("id", out _)).Select(c => c.GetProperty("index").GetInt32()));
        Assert.Equal(["get_weather", "stock_price"], calls.Where(c => c.TryGetProperty("id", out _)).Select(c => c.GetProperty("function").GetProperty("name").GetString()));
        Assert.All(calls, c => Assert.Equal(c.TryGetProperty("id", out _), c.TryGetProperty("type", out _)));
        Assert.All(calls, c => Assert.Equal(c.TryGetProperty("id", out _), c.GetProperty("function").TryGetProperty("name", out _)));
        var pieces = calls.Where(c => c.GetProperty("index").GetInt32() == 0).Select(c => c.GetProperty("function").GetProperty("arguments").GetString()).ToList();
        Assert.Equal("", pieces[0]);
        Assert.True(pieces.Count > 3);
        Assert.Equal("""{"city":"ACME"}""", string.Concat(pieces));
        Assert.Equal("tool_calls", deltas[^1].GetProperty("finish_reason").GetString());
        Assert.Equal("{}", deltas[^1].GetProperty("delta").GetRawText());
    }

    [Fact]
    public async Task Choices_AreInterleaved()
    {
        var events = await StreamAsync(Chat("Hello there", ",\"stream\":true,\"n\":3"));
        var indexes = events.SkipLast(1).Select(e => JsonDocument.Parse(e).RootElement.GetProperty("choices")[0].GetProperty("index").GetInt32()).ToList();
        Assert.Equal([0, 1, 2, 0, 1, 2, 0, 1, 2], indexes.Take(9));
        Assert.Equal(3, events.Count(e => e.Contains("\"finish_reason\":\"stop\"", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task StreamedText_EqualsTheWholeAnswer()
    {
        var (_, whole) = await PostAsync("v1/chat/completions", Chat("Why is the sky blue 🌈?", ",\"seed\":3"));
        var events = await StreamAsync(Chat("Why is the sky blue 🌈?", ",\"seed\":3,\"stream\":true"));
        var text = string.Concat(events.SkipLast(2).Select(e => JsonDocument.Parse(e).RootElement.GetProperty("choices")[0].GetProperty("delta").GetProperty("content").GetString()));
        Assert.Equal(JsonDocument.Parse(whole).RootElement.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString(), text);
    }

    [Fact]
    public async Task Logprobs_ComeWithEachToken()
    {
        var events = await StreamAsync(Chat("!echo é b", ",\"stream\":true,\"logprobs\":true,\"top_logprobs\":2"));
        var entry = JsonDocument.Parse(events[1]).RootElement.GetProperty("choices")[0].GetProperty("logprobs").GetProperty("content")[0];
        Assert.Equal("é", entry.GetProperty("token").GetString());
        Assert.Equal("[195,169]", entry.GetProperty("bytes").GetRawText());
        Assert.Equal(2, entry.GetProperty("top_logprobs").GetArrayLength());
    }

    [Fact]
    public async Task Tokens_ArriveAtTheModelsPace()
    {
        Server.Models.Put(new() { Name = "slow", FirstTokenDelay = TimeSpan.FromMilliseconds(300), TokensPerSecond = 50 });
        var begun = TimeProvider.System.GetTimestamp();
        await StreamAsync(Chat("!words 10", ",\"stream\":true,\"max_tokens\":11", "slow"));
        // 300 ms and ten intervals of 20 ms; an upper bound would only measure the machine.
        Assert.True(TimeProvider.System.GetElapsedTime(begun) >= TimeSpan.FromMilliseconds(495));
    }

    [Fact]
    public async Task EachChunk_IsFlushedBeforeTheNextIsDue()
    {
        Server.Models.Put(new() { Name = "slow", FirstTokenDelay = TimeSpan.Zero, TokensPerSecond = 0.001 });
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/chat/completions") { Content = Json(Chat("!echo one two", ",\"stream\":true", "slow")) };
        using var response = await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        using var limit = new CancellationTokenSource(Patience);
        var lines = new List<string>();
        while (lines.Count < 4) lines.Add((await reader.ReadLineAsync(limit.Token))!);
        Assert.Contains("\"content\":\"one\"", lines[2], StringComparison.Ordinal);
    }
}
