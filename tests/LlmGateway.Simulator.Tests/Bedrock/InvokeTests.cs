using System.Text.Json;
using LlmGateway.Simulator.Models;

namespace LlmGateway.Simulator.Tests.Bedrock;

public sealed class InvokeTests : SimulatorTest
{
    protected override SimulatorOptions Options => new()
    {
        Models =
        {
            new() { Name = "amazon.titan-embed-text-v2:0", Capabilities = ModelCapabilities.Embedding, EmbeddingDimensions = 256, ContextLength = 20 },
            new() { Name = "cohere.embed-english-v3", Capabilities = ModelCapabilities.Embedding, EmbeddingDimensions = 16, ContextLength = 20 },
            new() { Name = "chat" },
        },
    };

    [Theory]
    [InlineData("""{"inputText":"some text"}""", 256, 1)]
    [InlineData("""{"inputText":"some text","dimensions":512}""", 512, 1)]
    [InlineData("""{"inputText":"some text","normalize":false}""", 256, 12)]
    public async Task Titan_EmbedsOneText(string request, int dimensions, double length)
    {
        using var response = await Http.PostAsync("/model/amazon.titan-embed-text-v2%3A0/invoke", Json(request));
        var root = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;

        Assert.Equal(["embedding", "embeddingsByType", "inputTextTokenCount"], root.EnumerateObject().Select(m => m.Name));
        var vector = root.GetProperty("embedding").EnumerateArray().Select(x => x.GetDouble()).ToArray();
        Assert.Equal(dimensions, vector.Length);
        Assert.Equal(length, Math.Sqrt(vector.Sum(x => x * x)), 4);
        Assert.Equal(2, root.GetProperty("inputTextTokenCount").GetInt32());
        Assert.Equal("2", response.Headers.GetValues("X-Amzn-Bedrock-Input-Token-Count").Single());
    }

    [Fact]
    public async Task Cohere_EmbedsTextsByType()
    {
        var (_, body) = await PostAsync(
            "/model/cohere.embed-english-v3/invoke", """{"texts":["one","two"],"input_type":"search_query","embedding_types":["float","int8","uint8","binary","ubinary"]}""");
        var embeddings = JsonDocument.Parse(body).RootElement.GetProperty("embeddings");
        double[] Of(string type) => [.. embeddings.GetProperty(type)[0].EnumerateArray().Select(x => x.GetDouble())];

        var floats = Of("float");
        Assert.Equal(floats.Select(x => Math.Round(x * 127)), Of("int8"));
        Assert.All(Of("uint8"), x => Assert.InRange(x, 0, 255));
        var bits = floats.Chunk(8).Select(c => (double)c.Aggregate(0, (sum, x) => (sum << 1) | (x > 0 ? 1 : 0))).ToArray();
        Assert.Equal(bits, Of("ubinary"));
        Assert.Equal(bits.Select(b => b - 128), Of("binary"));
        Assert.Equal(2, embeddings.GetProperty("float").GetArrayLength());
    }

    [Theory]
    [InlineData("amazon.titan-embed-text-v2%3A0", """{}""", "required key [inputText] not found")]
    [InlineData("amazon.titan-embed-text-v2%3A0", """{"inputText":""}""", "expected minLength: 1, actual: 0")]
    [InlineData("amazon.titan-embed-text-v2%3A0", """{"inputText":"x","dimensions":7}""", "#/dimensions: 7 is not a valid enum value")]
    [InlineData("amazon.titan-embed-text-v2%3A0", """{"inputText":"x","texts":["y"]}""", "extraneous key [texts] is not permitted")]
    [InlineData("amazon.titan-embed-text-v2%3A0", """{"inputText":"1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21"}""", "Too many input tokens")]
    [InlineData("cohere.embed-english-v3", """{"texts":["x"]}""", "required key [input_type] not found")]
    [InlineData("cohere.embed-english-v3", """{"texts":[],"input_type":"clustering"}""", "#/texts: expected minimum item count: 1")]
    [InlineData("cohere.embed-english-v3", """{"texts":["x"],"input_type":"other"}""", "#/input_type: other is not a valid enum value")]
    [InlineData("chat", """{"inputText":"x"}""", "does not support embedding")]
    [InlineData("nobody", """{"inputText":"x"}""", "The provided model identifier is invalid.")]
    public async Task Mistakes_AreValidationExceptions(string model, string request, string message)
    {
        using var response = await Http.PostAsync($"/model/{model}/invoke", Json(request));

        Assert.Equal(400, (int)response.StatusCode);
        Assert.StartsWith("ValidationException", response.Headers.GetValues("x-amzn-errortype").Single(), StringComparison.Ordinal);
        Assert.Contains(message, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}
