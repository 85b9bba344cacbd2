using System.Text.Json;

namespace LlmGateway.Simulator.Tests.Ollama;

/// <summary>What happens to prompts that are too long. A message costs four tokens besides its text, and so does the answer's start.</summary>
public sealed class WindowTests : OllamaTest
{
    private static string Ask(string more, params (string Role, int Words)[] messages) =>
        $$"""{"model":"sim-small","stream":false,"messages":[{{string.Join(',', messages.Select(m => $$"""{"role":"{{m.Role}}","content":"{{Words(m.Words)}}"}"""))}}]{{more}}}""";

    private static string Words(int count) => string.Join(' ', Enumerable.Repeat("word", count));

    [Fact]
    public async Task OldestMessages_AreDropped_SystemMessagesStay()
    {
        var answer = await OkAsync("api/chat", Ask(",\"options\":{\"num_ctx\":100,\"num_predict\":1}", ("system", 10), ("user", 60), ("assistant", 30), ("user", 20)));

        // 4 + system 14 + assistant 34 + user 24.
        Assert.Equal(76, answer.GetProperty("prompt_eval_count").GetInt32());
    }

    [Fact]
    public async Task MessageThatAloneIsTooLong_IsCutToHalfTheWindow()
    {
        var answer = await OkAsync("api/chat", Ask(",\"options\":{\"num_ctx\":100,\"num_predict\":1}", ("user", 500)));

        Assert.Equal(52, answer.GetProperty("prompt_eval_count").GetInt32());
    }

    [Fact]
    public async Task Refusals_AreErrors()
    {
        Assert.Equal(
            "request (508 tokens) exceeds the available context size (100 tokens), try increasing it",
            await RefusedAsync("api/chat", Ask(",\"truncate\":false,\"options\":{\"num_ctx\":100}", ("user", 500)), 400));
        Assert.StartsWith(
            "the prompt is longer than the context length currently available",
            await RefusedAsync("api/chat", Ask(",\"shift\":false,\"options\":{\"num_ctx\":100}", ("user", 500)), 400), StringComparison.Ordinal);
        Assert.StartsWith(
            "request (508 tokens) exceeds",
            await RefusedAsync("api/generate", $$$"""{"model":"sim-small","truncate":false,"prompt":"{{{Words(500)}}}","options":{"num_ctx":100}}""", 400), StringComparison.Ordinal);
        Assert.Equal(
            "the input length exceeds the context length",
            await RefusedAsync("api/embed", $$$"""{"model":"sim-embed","truncate":false,"input":["x","{{{Words(500)}}}"],"options":{"num_ctx":100}}""", 400));
    }

    [Fact]
    public async Task AnswerThatFillsTheWindow_GoesOn_UnlessToldNotToShift()
    {
        const string Body = """{"model":"sim-small","stream":false,"messages":[{"role":"user","content":"!words 200"}],"options":{"num_ctx":100}MORE}""";
        var shifted = await OkAsync("api/chat", Body.Replace("MORE", "", StringComparison.Ordinal));
        var stopped = await OkAsync("api/chat", Body.Replace("MORE", ",\"shift\":false", StringComparison.Ordinal));

        Assert.Equal("stop", shifted.GetProperty("done_reason").GetString());
        Assert.True(shifted.GetProperty("eval_count").GetInt32() >= 200);
        Assert.Equal("length", stopped.GetProperty("done_reason").GetString());
        Assert.Equal(100, stopped.GetProperty("eval_count").GetInt32() + stopped.GetProperty("prompt_eval_count").GetInt32());
    }

    [Fact]
    public async Task WindowNobodyAskedFor_Is4096()
    {
        var answer = await OkAsync("api/chat", Ask(",\"options\":{\"num_predict\":1}", ("user", 5000), ("user", 10)));

        Assert.Equal(18, answer.GetProperty("prompt_eval_count").GetInt32());
    }

    [Fact]
    public async Task Embeddings_AreCutUnlessToldNotTo()
    {
        var cut = await OkAsync("api/embed", $$$"""{"model":"sim-embed","input":"{{{Words(500)}}}","options":{"num_ctx":100}}""");

        Assert.Equal(100, cut.GetProperty("prompt_eval_count").GetInt32());
    }
}

public sealed class OldWindowTests : OllamaTest
{
    protected override SimulatorOptions Options => new() { OllamaVersion = "0.12.5" };

    [Fact]
    public async Task OldServer_KnowsNoRefusal_AndFillsTheWindow()
    {
        var prompt = string.Join(' ', Enumerable.Repeat("word", 500));
        var answer = await OkAsync(
            "api/chat", $$$"""{"model":"sim-small","stream":false,"truncate":false,"shift":false,"messages":[{"role":"user","content":"{{{prompt}}}"}],"options":{"num_ctx":100,"num_predict":3}}""");

        Assert.Equal(100, answer.GetProperty("prompt_eval_count").GetInt32());
        Assert.Equal("0.12.5", JsonDocument.Parse(await Http.GetStringAsync("api/version")).RootElement.GetProperty("version").GetString());
    }
}
