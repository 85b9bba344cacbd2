using System.Text.Json;

namespace LlmGateway.Simulator.Tests.Ollama;

public sealed class GenerateAndEmbedTests : OllamaTest
{
    [Fact]
    public async Task Generate_StreamsResponses_AndGivesAContext()
    {
        var (_, text) = await PostAsync("api/generate", """{"model":"sim-small","prompt":"!echo a b"}""");
        var lines = Lines(text);

        Assert.Equal("""{"model":"sim-small","created_at":"T","response":"a","done":false}""", lines[0]);
        Assert.Equal("""{"model":"sim-small","created_at":"T","response":" b","done":false}""", lines[1]);
        Assert.Matches("""^\{"model":"sim-small","created_at":"T","response":"","done":true,"done_reason":"stop","context":\[\d+(,\d+)+\],"total_duration":1,""", lines[2]);
        Assert.Equal(3, lines.Count);
        var raw = await OkAsync("api/generate", """{"model":"sim-small","prompt":"!echo a b","raw":true,"stream":false}""");
        Assert.False(raw.TryGetProperty("context", out _));
        Assert.Equal(4, raw.GetProperty("prompt_eval_count").GetInt32());
    }

    [Theory]
    [InlineData("""{"model":"sim-small","stream":true}""", "load")]
    [InlineData("""{"model":"sim-small","prompt":"","keep_alive":0}""", "unload")]
    public async Task WithoutPrompt_TheModelIsLoadedOrUnloaded(string body, string reason)
    {
        Assert.Equal(
            $$"""{"model":"sim-small","created_at":"T","response":"","done":true,"done_reason":"{{reason}}"}""",
            Comparable((await OkAsync("api/generate", body)).GetRawText()));
    }

    [Theory]
    [InlineData("""{"model":"nope","prompt":"x"}""", 404, "model 'nope' not found")]
    [InlineData("""{"model":"sim-embed","prompt":"x"}""", 400, "\"sim-embed\" does not support generate")]
    [InlineData("""{"model":"sim-vision","prompt":"x","suffix":"y"}""", 400, "registry.ollama.ai/library/sim-vision:latest does not support insert")]
    [InlineData("""{"model":"sim-small","prompt":"x","raw":true,"system":"s"}""", 400, "raw mode does not support template, system, or context")]
    [InlineData("""{"model":"sim-small","prompt":"x","format":"xml"}""", 500, "invalid format: \"\\u0022xml\\u0022\"; expected \"json\" or a valid JSON Schema object")]
    public async Task Mistakes_AreToldInOllamasWords(string body, int status, string error)
    {
        Assert.Equal(error, await RefusedAsync("api/generate", body, status));
    }

    [Fact]
    public async Task Embed_TakesOneTextOrMany()
    {
        var many = await OkAsync("api/embed", """{"model":"sim-embed","input":["a cat","a cat",""]}""");

        Assert.Equal(3, many.GetProperty("embeddings").GetArrayLength());
        Assert.Equal(many.GetProperty("embeddings")[0].GetRawText(), many.GetProperty("embeddings")[1].GetRawText());
        Assert.Equal(["model", "embeddings", "total_duration", "load_duration", "prompt_eval_count"], many.EnumerateObject().Select(m => m.Name));
        Assert.Equal(1, Length(many), 3);
        Assert.Equal(64, (await OkAsync("api/embed", """{"model":"sim-embed","input":"x","dimensions":64}""")).GetProperty("embeddings")[0].GetArrayLength());
        Assert.Equal(384, (await OkAsync("api/embed", """{"model":"sim-embed","input":"x","dimensions":9999}""")).GetProperty("embeddings")[0].GetArrayLength());
        Assert.Equal("""{"model":"sim-embed","embeddings":[]}""", (await OkAsync("api/embed", """{"model":"sim-embed","input":""}""")).GetRawText());
        Assert.Equal("invalid input type", await RefusedAsync("api/embed", """{"model":"sim-embed","input":[1,2]}""", 400));
        Assert.Equal("model 'nope' not found", await RefusedAsync("api/embed", """{"model":"nope","input":"x"}""", 404));
    }

    [Fact]
    public async Task OldEmbeddings_GiveTheSameVector()
    {
        var old = await OkAsync("api/embeddings", """{"model":"sim-embed","prompt":"a cat"}""");
        var now = await OkAsync("api/embed", """{"model":"sim-embed","input":"a cat"}""");

        Assert.Equal(now.GetProperty("embeddings")[0].GetRawText(), old.GetProperty("embedding").GetRawText());
    }

    private static double Length(JsonElement answer) =>
        answer.GetProperty("embeddings")[0].EnumerateArray().Sum(x => x.GetDouble() * x.GetDouble());
}
