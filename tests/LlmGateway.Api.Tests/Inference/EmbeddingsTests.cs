using System.Runtime.InteropServices;
using System.Text.Json;

namespace LlmGateway.Api.Tests.Inference;

public class EmbeddingsTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    [Theory]
    [InlineData("\"a text\"", 1)]
    [InlineData("[\"a\",\"b\",\"c\"]", 3)]
    [InlineData("[1,2,3]", 1)]
    [InlineData("[[1,2],[3]]", 2)]
    public async Task EveryFormOfInput_IsAnswered(string input, int count)
    {
        var text = await AskAsync($$"""{"model":"sim-embed","input":{{input}}}""");
        OpenAISchemas.AssertValid("CreateEmbeddingResponse", text);
        var data = Json.Parse(text).GetProperty("data").EnumerateArray().ToArray();
        Assert.Equal(Enumerable.Range(0, count), data.Select(d => d.GetProperty("index").GetInt32()));
        Assert.All(data, d => Assert.Equal(384, d.GetProperty("embedding").GetArrayLength()));
    }

    [Fact]
    public async Task Base64_HoldsTheSameVectorAsFloats()
    {
        var floats = Json.Parse(await AskAsync("""{"model":"sim-embed","input":"same text","encoding_format":"float"}"""));
        var base64 = Json.Parse(await AskAsync("""{"model":"sim-embed","input":"same text","encoding_format":"base64"}"""));
        var expected = floats.GetProperty("data")[0].GetProperty("embedding").EnumerateArray().Select(e => e.GetSingle()).ToArray();
        var bytes = base64.GetProperty("data")[0].GetProperty("embedding").GetBytesFromBase64();
        Assert.Equal(expected, MemoryMarshal.Cast<byte, float>(bytes).ToArray());
    }

    [Fact]
    public async Task Dimensions_AreKept()
    {
        var text = await AskAsync("""{"model":"sim-embed","input":"x","dimensions":16}""");
        Assert.Equal(16, Json.Parse(text).GetProperty("data")[0].GetProperty("embedding").GetArrayLength());
    }

    /// <summary>OpenAI's endpoint knows no streaming; a client library that sends the field everywhere still gets its vectors.</summary>
    [Fact]
    public async Task AStreamField_ChangesNothing()
    {
        var text = await AskAsync("""{"model":"sim-embed","input":"x","stream":true}""");
        Assert.Equal(JsonValueKind.Array, Json.Parse(text).GetProperty("data").ValueKind);
    }

    private async Task<string> AskAsync(string json)
    {
        using var response = await fixture.Client.PostAsync(Json.EmbeddingPath, Json.Content(json));
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return text;
    }
}
