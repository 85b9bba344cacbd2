using System.Buffers.Binary;
using System.Text.Json;
using LlmGateway.TestSupport;

namespace LlmGateway.Simulator.Tests.OpenAI;

public sealed class CompletionsAndEmbeddingsTests : SimulatorTest
{
    private async Task<JsonElement> AskAsync(string path, string definition, string body)
    {
        var (status, text) = await PostAsync(path, body);
        Assert.True(status == 200, text);
        OpenAISchemas.AssertValid(definition, text);
        return JsonDocument.Parse(text).RootElement;
    }

    private Task<JsonElement> CompleteAsync(string body) => AskAsync("v1/completions", "CreateCompletionResponse", body);

    private Task<JsonElement> EmbedAsync(string body) => AskAsync("v1/embeddings", "CreateEmbeddingResponse", body);

    [Theory]
    [InlineData("\"prompt\":\"!echo a b c\"", 1)]
    [InlineData("\"prompt\":[\"!echo a\",\"!echo b\"]", 2)]
    [InlineData("\"prompt\":[1,2,3]", 1)]
    [InlineData("\"prompt\":[[1,2],[3]],\"n\":2", 4)]
    [InlineData("\"prompt\":\"x\",\"n\":2,\"best_of\":3", 2)]
    [InlineData("\"prompt\":\"x\",\"suffix\":\"end\",\"logprobs\":0", 1)]
    public async Task Prompts_GiveTheirChoices(string fields, int choices)
    {
        var answer = await CompleteAsync($"{{\"model\":\"sim-small\",{fields}}}");
        Assert.Equal(Enumerable.Range(0, choices), answer.GetProperty("choices").EnumerateArray().Select(c => c.GetProperty("index").GetInt32()));
    }

    [Fact]
    public async Task Prompt_TokensAreCountedWithoutMessageOverhead()
    {
        var usage = (await CompleteAsync("""{"model":"sim-small","prompt":[[1,2,3],[4]],"max_tokens":2}""")).GetProperty("usage");
        Assert.Equal((4, 4), (usage.GetProperty("prompt_tokens").GetInt32(), usage.GetProperty("completion_tokens").GetInt32()));
    }

    [Fact]
    public async Task Echo_PutsThePromptFirst_WithOldStyleLogprobs()
    {
        var choice = (await CompleteAsync("""{"model":"sim-small","prompt":"!echo ab cd","echo":true,"logprobs":2}""")).GetProperty("choices")[0];
        Assert.Equal("!echo ab cdab cd", choice.GetProperty("text").GetString());
        var logprobs = choice.GetProperty("logprobs");
        Assert.Equal("""["!","echo"," ab"," cd","ab"," cd"]""", logprobs.GetProperty("tokens").GetRawText());
        Assert.Equal("[0,1,5,8,11,13]", logprobs.GetProperty("text_offset").GetRawText());
        Assert.Equal(6, logprobs.GetProperty("token_logprobs").GetArrayLength());
        Assert.All(logprobs.GetProperty("top_logprobs").EnumerateArray(), t => Assert.Equal(2, t.EnumerateObject().Count()));
    }

    [Fact]
    public async Task CompletionStream_EndsWithFinishUsageDone()
    {
        var (_, text) = await PostAsync("v1/completions", """{"model":"sim-small","prompt":"!echo a b","stream":true,"stream_options":{"include_usage":true}}""");
        var events = Events(text).Select(Normal).ToList();
        Assert.Equal("""{"id":"ID","object":"text_completion","created":0,"model":"sim-small","system_fingerprint":"fp_simulator","choices":[{"text":"a","index":0,"logprobs":null,"finish_reason":null}],"usage":null}""", events[0]);
        Assert.Contains("\"text\":\"\",\"index\":0,\"logprobs\":null,\"finish_reason\":\"stop\"", events[2], StringComparison.Ordinal);
        Assert.Contains("\"choices\":[],\"usage\":{\"prompt_tokens\":4,\"completion_tokens\":2", events[3], StringComparison.Ordinal);
        Assert.Equal("[DONE]", events[4]);
        Assert.Equal(5, events.Count);
    }

    [Fact]
    public async Task Embeddings_Base64IsLittleEndianFloat32OfTheSameNumbers()
    {
        var floats = (await EmbedAsync("""{"model":"sim-embed","input":"some text"}""")).GetProperty("data")[0].GetProperty("embedding").EnumerateArray().Select(e => e.GetSingle()).ToArray();
        var (_, text) = await PostAsync("v1/embeddings", """{"model":"sim-embed","input":"some text","encoding_format":"base64"}""");
        var bytes = JsonDocument.Parse(text).RootElement.GetProperty("data")[0].GetProperty("embedding").GetBytesFromBase64();
        Assert.Equal(384 * 4, bytes.Length);
        Assert.Equal(floats, Enumerable.Range(0, 384).Select(i => BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(i * 4))));
    }

    [Theory]
    [InlineData("\"a b\"", 1, 2)]
    [InlineData("[\"a b\",\"c\"]", 2, 3)]
    [InlineData("[1,2,3]", 1, 3)]
    [InlineData("[[1,2],[3]]", 2, 3)]
    public async Task Embeddings_TakeEveryFormOfInput(string input, int vectors, int tokens)
    {
        var answer = await EmbedAsync($"{{\"model\":\"sim-embed\",\"input\":{input},\"dimensions\":32}}");
        Assert.Equal(Enumerable.Range(0, vectors), answer.GetProperty("data").EnumerateArray().Select(d => d.GetProperty("index").GetInt32()));
        Assert.All(answer.GetProperty("data").EnumerateArray(), d => Assert.Equal(32, d.GetProperty("embedding").GetArrayLength()));
        Assert.Equal(tokens, answer.GetProperty("usage").GetProperty("total_tokens").GetInt32());
    }

    [Fact]
    public async Task Models_AreListedAndFound()
    {
        var list = await Http.GetStringAsync("v1/models");
        OpenAISchemas.AssertValid("ListModelsResponse", list);
        Assert.Equal(["sim-embed", "sim-large", "sim-small", "sim-vision"], JsonDocument.Parse(list).RootElement.GetProperty("data").EnumerateArray().Select(m => m.GetProperty("id").GetString()));
        OpenAISchemas.AssertValid("Model", await Http.GetStringAsync("v1/models/sim-small"));
    }

    [Fact]
    public async Task Health_IsOk() => Assert.Equal("", await Http.GetStringAsync("health"));
}
