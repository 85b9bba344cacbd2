using System.Text.Json;
using LlmGateway.Simulator.Models;
using LlmGateway.TestSupport;

namespace LlmGateway.Simulator.Tests.Ollama;

public sealed class ChatTests : OllamaTest
{
    private const string Counts = "\"total_duration\":1,\"load_duration\":1,\"prompt_eval_count\":13,\"prompt_eval_duration\":1,\"eval_count\":3,\"eval_duration\":1}";

    [Fact]
    public async Task Stream_IsTheDefault_AndByteForByteOllamas()
    {
        var answer = await RawHttp.PostAsync(Server.BaseAddress, "/api/chat", Chat("!echo a é 😀"));

        Assert.Contains("Content-Type: application/x-ndjson\r\n", answer.Head + "\r\n", StringComparison.Ordinal);
        Assert.Contains("Transfer-Encoding: chunked", answer.Head, StringComparison.Ordinal);
        Assert.True(answer.BodyIsComplete);
        Assert.Equal(
            [
                """{"model":"sim-small","created_at":"T","message":{"role":"assistant","content":"a"},"done":false}""",
                """{"model":"sim-small","created_at":"T","message":{"role":"assistant","content":" é"},"done":false}""",
                """{"model":"sim-small","created_at":"T","message":{"role":"assistant","content":" "},"done":false}""",
                """{"model":"sim-small","created_at":"T","message":{"role":"assistant","content":"😀"},"done":false}""",
                """{"model":"sim-small","created_at":"T","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop",""" + Counts.Replace("\"eval_count\":3", "\"eval_count\":4", StringComparison.Ordinal).Replace(":13", ":14", StringComparison.Ordinal),
            ],
            Lines(answer.Body));
    }

    [Fact]
    public async Task WithoutStream_OneDocumentComes()
    {
        var answer = await RawHttp.PostAsync(Server.BaseAddress, "/api/chat", Chat("!echo a b c", ",\"stream\":false", "sim-small:latest"));

        Assert.Contains("Content-Type: application/json; charset=utf-8", answer.Head, StringComparison.Ordinal);
        Assert.Equal(
            """{"model":"sim-small:latest","created_at":"T","message":{"role":"assistant","content":"a b c"},"done":true,"done_reason":"stop",""" + Counts,
            Comparable(answer.Body));
    }

    [Fact]
    public async Task ToolCalls_HaveAnObjectForArguments()
    {
        const string Tools = ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"get_weather\",\"description\":\"\",\"parameters\":{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}},\"required\":[\"city\"]}}}]";
        var (_, text) = await PostAsync("api/chat", Chat("Tell me the weather in Paris", Tools));
        var lines = Lines(text);

        Assert.Equal(2, lines.Count);
        Assert.Matches(
            """^\{"model":"sim-small","created_at":"T","message":\{"role":"assistant","content":"","tool_calls":\[\{"id":"call_[0-9a-f]{16}","function":\{"index":0,"name":"get_weather","arguments":\{"city":"Paris"\}\}\}\]\},"done":false\}$""",
            lines[0]);
        Assert.Contains("\"done_reason\":\"stop\"", lines[1], StringComparison.Ordinal);
        var whole = await OkAsync("api/chat", Chat("Tell me the weather in Paris", Tools + ",\"stream\":false"));
        Assert.Equal("Paris", whole.GetProperty("message").GetProperty("tool_calls")[0].GetProperty("function").GetProperty("arguments").GetProperty("city").GetString());
        // What does not fit into the token limit is no call.
        var cut = await OkAsync("api/chat", Chat("Tell me the weather in Paris", Tools + ",\"stream\":false,\"options\":{\"num_predict\":4}"));
        Assert.Equal("length", cut.GetProperty("done_reason").GetString());
        Assert.False(cut.GetProperty("message").TryGetProperty("tool_calls", out _));
    }

    [Fact]
    public async Task Thoughts_ComeFirst_AndCount()
    {
        var (_, text) = await PostAsync("api/chat", Chat("!echo x", model: "sim-large"));
        var lines = Lines(text);
        var thoughts = lines.Count(l => l.Contains("\"content\":\"\",\"thinking\":\"", StringComparison.Ordinal));

        Assert.True(thoughts > 5);
        Assert.Contains($"\"eval_count\":{thoughts + 1},", lines[^1], StringComparison.Ordinal);
        Assert.All(lines.Take(thoughts), l => Assert.Contains("\"thinking\"", l, StringComparison.Ordinal));
        var (_, quiet) = await PostAsync("api/chat", Chat("!echo x", ",\"think\":false", "sim-large"));
        Assert.Equal(2, Lines(quiet).Count);
        var cut = await OkAsync("api/chat", Chat("!echo x", ",\"stream\":false,\"options\":{\"num_predict\":3}", "sim-large"));
        Assert.Equal(("", 3, "length"), (cut.GetProperty("message").GetProperty("content").GetString(), cut.GetProperty("eval_count").GetInt32(), cut.GetProperty("done_reason").GetString()));
    }

    [Fact]
    public async Task Logprobs_AreOnTheLinesOfTheirTokens()
    {
        var (_, text) = await PostAsync("api/chat", Chat("!echo a", ",\"logprobs\":true,\"top_logprobs\":2"));
        var entry = JsonDocument.Parse(Lines(text)[0]).RootElement.GetProperty("logprobs")[0];

        Assert.Equal("a", entry.GetProperty("token").GetString());
        Assert.Equal("[97]", entry.GetProperty("bytes").GetRawText());
        Assert.Equal(2, entry.GetProperty("top_logprobs").GetArrayLength());
        var whole = await OkAsync("api/chat", Chat("!echo a b", ",\"logprobs\":true,\"stream\":false"));
        Assert.Equal(2, whole.GetProperty("logprobs").GetArrayLength());
    }

    [Fact]
    public async Task Options_AreKept()
    {
        var stopped = await OkAsync("api/chat", Chat("!echo one two three", ",\"stream\":false,\"options\":{\"stop\":[\" three\"]}"));
        Assert.Equal("one two", stopped.GetProperty("message").GetProperty("content").GetString());
        var seeds = new List<string?>();
        foreach (var seed in (int[])[1, 1, 2])
        {
            seeds.Add((await OkAsync("api/chat", Chat("Why?", $",\"stream\":false,\"options\":{{\"seed\":{seed},\"temperature\":0.5}}"))).GetProperty("message").GetProperty("content").GetString());
        }

        Assert.Equal(seeds[0], seeds[1]);
        Assert.NotEqual(seeds[0], seeds[2]);
    }

    [Fact]
    public async Task Load_CountsOnce_UntilTheModelIsUnloaded()
    {
        Server.Models.Put(new SimulatedModel { Name = "slow", LoadTime = TimeSpan.FromMilliseconds(400), FirstTokenDelay = TimeSpan.Zero, TokensPerSecond = 0 });
        Assert.Equal("load", (await OkAsync("api/chat", """{"model":"slow","messages":[]}""")).GetProperty("done_reason").GetString());
        Assert.InRange(await LoadMilliseconds(), 0, 200);
        Assert.Equal(
            """{"model":"slow","created_at":"T","message":{"role":"assistant","content":""},"done":true,"done_reason":"unload"}""",
            Comparable((await OkAsync("api/chat", """{"model":"slow","messages":[],"keep_alive":0}""")).GetRawText()));
        Assert.DoesNotContain("slow", await Http.GetStringAsync("api/ps"), StringComparison.Ordinal);
        Assert.InRange(await LoadMilliseconds(), 390, 60_000);

        async Task<double> LoadMilliseconds() =>
            (await OkAsync("api/chat", Chat("!echo x", ",\"stream\":false", "slow"))).GetProperty("load_duration").GetInt64() / 1e6;
    }

    [Theory]
    [InlineData("0", false)]
    [InlineData("\"0\"", false)]
    [InlineData("\"0s\"", false)]
    [InlineData("-1", true)]
    [InlineData("\"-1m\"", true)]
    [InlineData("60", true)]
    [InlineData("\"1h30m\"", true)]
    public async Task KeepAlive_DecidesWhetherTheModelStays(string keepAlive, bool stays)
    {
        await OkAsync("api/chat", Chat("!echo x", $",\"stream\":false,\"keep_alive\":{keepAlive}"));
        var running = JsonDocument.Parse(await Http.GetStringAsync("api/ps")).RootElement.GetProperty("models");

        Assert.Equal(stays ? 1 : 0, running.GetArrayLength());
        if (stays)
        {
            Assert.Equal(keepAlive.Contains('-', StringComparison.Ordinal), running[0].GetProperty("expires_at").GetDateTimeOffset().Year > 2200);
        }
    }

    [Theory]
    [InlineData("""{"model":"nope","messages":[{"role":"user","content":"x"}]}""", 404, "model 'nope' not found")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}]}""", 400, "model is required")]
    [InlineData("""{"model":"sim-embed","messages":[{"role":"user","content":"x"}]}""", 400, "\"sim-embed\" does not support chat")]
    [InlineData("""{"model":"sim-small","think":true,"messages":[{"role":"user","content":"x"}]}""", 400, "\"sim-small\" does not support thinking")]
    [InlineData("""{"model":"sim-small","think":"loud","messages":[{"role":"user","content":"x"}]}""", 400, "invalid think value: \"loud\" (must be \"high\", \"medium\", \"low\", \"max\", true, or false)")]
    [InlineData("""{"model":"sim-small","options":{"top_k":"9"},"messages":[{"role":"user","content":"x"}]}""", 500, "option \"top_k\" must be of type integer")]
    [InlineData("""{"model":"sim-small","options":{"temperature":"9"},"messages":[{"role":"user","content":"x"}]}""", 500, "option \"temperature\" must be of type float32")]
    [InlineData("""{"model":"sim-small","options":{"stop":"x"},"messages":[{"role":"user","content":"x"}]}""", 500, "option \"stop\" must be of type array")]
    [InlineData("""{"model":"sim-small","keep_alive":"-1","messages":[{"role":"user","content":"x"}]}""", 400, "time: missing unit in duration \"-1\"")]
    [InlineData("""{"model":"sim-small","top_logprobs":21,"messages":[{"role":"user","content":"x"}]}""", 400, "top_logprobs must be between 0 and 20")]
    [InlineData("""{"model":"sim-vision","messages":[{"role":"user","content":"x","images":["https://x"]}]}""", 400, "illegal base64 data at input byte 0")]
    public async Task Mistakes_AreToldInOllamasWords(string body, int status, string error)
    {
        Assert.Equal(error, await RefusedAsync("api/chat", body, status));
    }

    [Fact]
    public async Task UnknownPathsAndMethods_AreTheRoutersBusiness()
    {
        Assert.Equal((404, "404 page not found"), await PostAsync("api/nothing", "{}"));
        using var wrong = await Http.GetAsync("api/chat");
        Assert.Equal(405, (int)wrong.StatusCode);
        Assert.Equal("Ollama is running", await Http.GetStringAsync("/"));
    }
}
