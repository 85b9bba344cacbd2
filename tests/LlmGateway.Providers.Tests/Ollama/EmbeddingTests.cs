using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Providers.Tests.Ollama;

public sealed class EmbeddingTests : OllamaFixture
{
    private const string Two = """{"model":"m","embeddings":[[1.0,-2e0,0.50],[3,4,5]],"total_duration":14143917,"load_duration":1019500,"prompt_eval_count":8}""";

    [Fact]
    public async Task Floats_AreOpenAIsList()
    {
        Server.Then(Two);

        await using var answer = Assert.IsType<JsonAnswer>(await Provider.EmbedAsync(Call("\"input\":[\"a 😀\",\"b\"],\"user\":\"u\"", "up")));

        var text = System.Text.Encoding.UTF8.GetString(answer.Body.Span);
        Assert.Equal(
            """{"object":"list","data":[{"object":"embedding","index":0,"embedding":[1.0,-2e0,0.50]},{"object":"embedding","index":1,"embedding":[3,4,5]}],"model":"m","usage":{"prompt_tokens":8,"total_tokens":8}}""",
            text);
        OpenAISchemas.AssertValid("CreateEmbeddingResponse", text);
        Assert.Equal(new TokenUsage(8, 0), answer.Usage);
        Assert.Equal("""{"model":"up","input":["a 😀","b"],"truncate":false,"options":{}}""", Server.Only.Text);
        Assert.Equal("POST /api/embed HTTP/1.1", Server.Only.Head.Split("\r\n")[0]);
    }

    [Fact]
    public async Task Base64_IsLittleEndianFloat32()
    {
        Server.Then(Two);

        Assert.Equal(
            """{"object":"list","data":[{"object":"embedding","index":0,"embedding":"AACAPwAAAMAAAAA/"},{"object":"embedding","index":1,"embedding":"AABAQAAAgEAAAKBA"}],"model":"m","usage":{"prompt_tokens":8,"total_tokens":8}}""",
            await Calls.DocumentAsync(Provider.EmbedAsync(Call("\"input\":[\"a\",\"b\"],\"encoding_format\":\"base64\""))));
    }

    [Fact]
    public async Task DimensionsKeepAliveAndOptions_ArePassed()
    {
        Options.KeepAlive = "-1";
        await StartAsync("0.33.0");
        Server.Then("""{"embeddings":[[0.5,0.5]]}""");

        await Calls.DocumentAsync(Provider.EmbedAsync(Call("\"input\":\"a\",\"dimensions\":2,\"options\":{\"num_ctx\":512}")));

        Assert.Equal("""{"model":"m","input":"a","truncate":false,"dimensions":2,"keep_alive":-1,"options":{"num_ctx":512}}""", Server.Only.Text);
    }

    [Fact]
    public async Task VectorsOfAnotherLengthThanAskedFor_AreAnError()
    {
        Server.Then("""{"embeddings":[[0.5,0.5,0.1]]}""");

        var error = await Calls.ErrorAsync(Provider.EmbedAsync(Call("\"input\":\"a\",\"dimensions\":2")));

        Assert.Equal((GatewayErrorCode.UnsupportedOperation, "dimensions"), (error.Code, error.Param));
    }

    [Theory]
    [InlineData("[1,2,3]")]
    [InlineData("[[1,2],[3]]")]
    public async Task Tokens_AreRefused(string input)
    {
        var error = await Calls.ErrorAsync(Provider.EmbedAsync(Call($"\"input\":{input}")));

        Assert.Equal((GatewayErrorCode.UnsupportedOperation, "input"), (error.Code, error.Param));
    }

    [Theory]
    [InlineData("""{"embeddings":[[1]]}""")]
    [InlineData("""{"embeddings":[[1],[2],[3]]}""")]
    [InlineData("""{"embeddings":[[1,2],[3]]}""")]
    [InlineData("""{"embeddings":[[],[]]}""")]
    [InlineData("""{"embeddings":[["x"],[1]]}""")]
    [InlineData("""{"embeddings":[[1e99],[1]]}""")]
    [InlineData("""{"embeddings":[1,2]}""")]
    [InlineData("""{"embedding":[1]}""")]
    [InlineData("[]")]
    [InlineData("<html>")]
    public async Task AnythingButOneVectorPerText_IsAnError(string body)
    {
        Server.Then(body);

        Assert.Equal(GatewayErrorCode.UpstreamInvalidResponse, (await Calls.ErrorAsync(Provider.EmbedAsync(Call("\"input\":[\"a\",\"b\"]")))).Code);
    }

    private static Core.Providers.ProviderCall Call(string fields, string? upstream = null) =>
        Calls.Make(Operation.Embeddings, $$"""{"model":"m",{{fields}}}""", upstream);
}
