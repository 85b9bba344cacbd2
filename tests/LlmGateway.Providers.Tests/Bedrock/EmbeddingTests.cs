using LlmGateway.Core.Errors;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Providers.Tests.Bedrock;

public sealed class EmbeddingTests : BedrockFixture
{
    private const string Titan = "amazon.titan-embed-text-v2:0";

    [Fact]
    public async Task Titan_IsAskedOncePerText()
    {
        Server.Then("""{"embedding":[1,2.5],"inputTextTokenCount":3}""").Then("""{"embedding":[3,-4],"inputTextTokenCount":4}""");

        var document = await EmbedAsync("""{"model":"m","input":["a","b"],"dimensions":2}""", Titan);

        Assert.Equal(
            """{"object":"list","data":[{"object":"embedding","index":0,"embedding":[1,2.5]},{"object":"embedding","index":1,"embedding":[3,-4]}],"model":"m","usage":{"prompt_tokens":7,"total_tokens":7}}""",
            document);
        Assert.Equal(["""{"inputText":"a","dimensions":2}""", """{"inputText":"b","dimensions":2}"""], Server.Requests.Select(r => r.Text));
        Assert.All(Server.Requests, r => Assert.Equal("/model/amazon.titan-embed-text-v2%3A0/invoke", r.Path));
    }

    [Theory]
    [InlineData("""{"embeddings":[[1],[2]]}""")]
    [InlineData("""{"embeddings":{"float":[[1],[2]]},"response_type":"embeddings_by_type"}""")]
    public async Task Cohere_IsAskedForManyTextsAtOnce(string answer)
    {
        Server.Then(answer, headers: "X-Amzn-Bedrock-Input-Token-Count: 9\r\n");

        var document = await EmbedAsync("""{"model":"m","input":["a","b"],"input_type":"search_query"}""", "cohere.embed-english-v3");

        Assert.Equal(
            """{"object":"list","data":[{"object":"embedding","index":0,"embedding":[1]},{"object":"embedding","index":1,"embedding":[2]}],"model":"m","usage":{"prompt_tokens":9,"total_tokens":9}}""",
            document);
        Assert.Equal("""{"texts":["a","b"],"input_type":"search_query","truncate":"NONE","embedding_types":["float"]}""", Server.Only.Text);
    }

    [Fact]
    public async Task Cohere_IsAskedInBatches()
    {
        var batch = string.Join(',', Enumerable.Repeat("[1]", 96));
        Server.Then($$"""{"embeddings":[{{batch}}]}""").Then("""{"embeddings":[[2]]}""");

        var document = await EmbedAsync($$"""{"model":"m","input":[{{string.Join(',', Enumerable.Repeat("\"a\"", 97))}}]}""", "us.cohere.embed-v4:0");

        Assert.Equal(2, Server.Requests.Count);
        Assert.Contains("""{"object":"embedding","index":96,"embedding":[2]}]""", document, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Base64_IsMadeHere()
    {
        Server.Then("""{"embedding":[1,2],"inputTextTokenCount":3}""");

        Assert.Contains("\"embedding\":\"AACAPwAAAEA=\"", await EmbedAsync("""{"model":"m","input":"a","encoding_format":"base64"}""", Titan), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("amazon.titan-embed-image-v1", """{"model":"m","input":"a"}""", "model")]
    [InlineData(Model, """{"model":"m","input":"a"}""", "model")]
    [InlineData(Titan, """{"model":"m","input":[1,2]}""", "input")]
    [InlineData(Titan, """{"model":"m","input":[[1,2],[3]]}""", "input")]
    [InlineData("amazon.titan-embed-text-v1", """{"model":"m","input":"a","dimensions":5}""", "dimensions")]
    [InlineData("cohere.embed-english-v3", """{"model":"m","input":"a","dimensions":5}""", "dimensions")]
    public async Task WhatTheModelsCannotDo_IsRefused(string model, string request, string param)
    {
        var error = await Calls.ErrorAsync(Provider.EmbedAsync(Calls.Make(Operation.Embeddings, request, model)));

        Assert.Equal((GatewayErrorCode.UnsupportedOperation, param), (error.Code, error.Param));
        Assert.Empty(Server.Requests);
    }

    [Theory]
    [InlineData("""{"embedding":[]}""")]
    [InlineData("""{"embedding":[1]}""")]
    [InlineData("""{"embedding":["a","b"]}""")]
    [InlineData("""{"embedding":[1e60,1]}""")]
    [InlineData("""{"embeddings":[[1,2]]}""")]
    [InlineData("""{}""")]
    [InlineData("not json")]
    public async Task OtherVectorsThanAskedFor_AreAnError(string answer)
    {
        Server.Then(answer);

        var error = await Calls.ErrorAsync(Provider.EmbedAsync(Calls.Make(Operation.Embeddings, """{"model":"m","input":"a","dimensions":2}""", Titan)));

        Assert.Equal(GatewayErrorCode.UpstreamInvalidResponse, error.Code);
    }

    [Fact]
    public async Task ErrorOfOneCall_IsThatOfTheRequest()
    {
        Server.Then("""{"embedding":[1,2],"inputTextTokenCount":3}""").Then("""{"message":"slow"}""", 429, headers: "x-amzn-errortype: ThrottlingException\r\n");

        var error = await Calls.ErrorAsync(Provider.EmbedAsync(Calls.Make(Operation.Embeddings, """{"model":"m","input":["a","b","c"]}""", Titan)));

        Assert.Equal((GatewayErrorCode.UpstreamRateLimited, 2), (error.Code, Server.Requests.Count));
    }

    private Task<string> EmbedAsync(string request, string model) => Calls.DocumentAsync(Provider.EmbedAsync(Calls.Make(Operation.Embeddings, request, model)));
}
