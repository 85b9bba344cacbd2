using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Providers.Tests.OpenAI;

public sealed class EmbeddingTests : OpenAIFixture
{
    /// <summary>1, -2 and 0.5 as little-endian float32.</summary>
    private const string Packed = "AACAPwAAAMAAAAA/";

    private static string List(string first, string second) =>
        $$$"""{"object":"list","data":[{"object":"embedding","index":0,"embedding":{{{first}}},"x":1},{"object":"embedding","index":1,"embedding":{{{second}}},"x":1}],"model":"m","usage":{"prompt_tokens":4,"total_tokens":4}}""";

    [Theory]
    [InlineData("")]
    [InlineData(""","encoding_format":"float" """)]
    public async Task FloatsPass_AndBase64BecomesFloats(string format)
    {
        Server.Then(List("[1.0,-2e0,0.50]", "[3,4,5]")).Then(List($"\"{Packed}\"", $"\"{Packed}\""));

        Assert.Equal(List("[1.0,-2e0,0.50]", "[3,4,5]"), await Ask(format));
        Assert.Equal(List("[1,-2,0.5]", "[1,-2,0.5]"), await Ask(format));
    }

    [Fact]
    public async Task Base64Passes_AndFloatsBecomeBase64()
    {
        const string Format = ""","encoding_format":"base64" """;
        Server.Then(List($"\"{Packed}\"", $"\"{Packed}\"")).Then(List("[1.0,-2e0,0.50]", "[3,4,5]"));

        Assert.Equal(List($"\"{Packed}\"", $"\"{Packed}\""), await Ask(Format));
        Assert.Equal(List($"\"{Packed}\"", "\"AABAQAAAgEAAAKBA\""), await Ask(Format));
    }

    [Fact]
    public async Task UsageIsTold()
    {
        Server.Then(List("[1]", "[2]"));

        await using var answer = await Provider.EmbedAsync(Call());

        Assert.Equal(new TokenUsage(4, 0), Assert.IsType<JsonAnswer>(answer).Usage);
        Assert.Equal("""{"model":"m","input":["a","b"]}""", Server.Only.Text);
        Assert.Equal("/v1/embeddings", Server.Only.Path);
    }

    [Theory]
    [InlineData("""{"object":"list","data":[{"object":"embedding","index":0,"embedding":[1]}],"model":"m"}""", "")]
    [InlineData("""{"object":"list","data":[],"model":"m"}""", "")]
    [InlineData("""{"object":"list","data":[{"index":0,"embedding":"AAA"},{"index":1,"embedding":"AAAA"}]}""", "")]
    [InlineData("""{"object":"list","data":[{"index":0,"embedding":["x"]},{"index":1,"embedding":[1]}]}""", ""","encoding_format":"base64" """)]
    [InlineData("""{"object":"list","data":[{"index":0,"embedding":null},{"index":1,"embedding":[1]}]}""", "")]
    public async Task AnythingButOneVectorPerText_IsAnError(string body, string format)
    {
        Server.Then(body);

        Assert.Equal(GatewayErrorCode.UpstreamInvalidResponse, (await Calls.ErrorAsync(Provider.EmbedAsync(Call(format)))).Code);
    }

    /// <summary>Clients that go by position read the wrong vectors otherwise.</summary>
    [Theory]
    [InlineData("")]
    [InlineData(""","encoding_format":"base64" """)]
    public async Task VectorsInAnotherOrder_ArePutInTheirs(string format)
    {
        Server.Then("""{"object":"list","data":[{"index":1,"embedding":[1,-2,0.5],"x":"b"},{"index":0,"embedding":[3,4,5],"x":"a"}],"model":"m"}""");
        var (first, second) = format.Length == 0 ? ("[3,4,5]", "[1,-2,0.5]") : ("\"AABAQAAAgEAAAKBA\"", $"\"{Packed}\"");
        Assert.Equal($$"""{"object":"list","data":[{"index":0,"embedding":{{first}},"x":"a"},{"index":1,"embedding":{{second}},"x":"b"}],"model":"m"}""", await Ask(format));
    }

    [Theory]
    [InlineData("[]", "[]")]
    [InlineData("[null,null,null]", "[1,2,3]")]
    [InlineData("[\"1\",\"2\",\"3\"]", "[1,2,3]")]
    [InlineData("[1,2,3]", "[1,2]")]
    [InlineData("[1,2,1e39]", "[1,2,3]")]
    [InlineData("\"\"", "\"AACAPwAAAMAAAAA/\"")]
    [InlineData("\"AAAAAAAA\"", "\"AAAAAAAA\"")]
    [InlineData("\"!\"", "\"AACAPwAAAMAAAAA/\"")]
    public async Task WhatIsNoVector_IsAnErrorInEachEncoding(string first, string second)
    {
        foreach (var format in (string[])["", ""","encoding_format":"base64" """])
        {
            Server.Then(List(first, second));
            Assert.Equal(GatewayErrorCode.UpstreamInvalidResponse, (await Calls.ErrorAsync(Provider.EmbedAsync(Call(format)))).Code);
        }
    }

    [Fact]
    public async Task OtherDimensionsThanAskedFor_AreAnError()
    {
        Server.Then(List("[1,2]", "[3,4]")).Then(List("[1,2]", "[3,4]"));
        Assert.Contains("2 dimensions instead of 3", (await Calls.ErrorAsync(Provider.EmbedAsync(Call(""","dimensions":3""")))).Message, StringComparison.Ordinal);
        await Ask(""","dimensions":2""");
    }

    private Task<string> Ask(string format) => Calls.DocumentAsync(Provider.EmbedAsync(Call(format)));

    private static Core.Providers.ProviderCall Call(string format = "") => Calls.Make(Operation.Embeddings, $$"""{"model":"m","input":["a","b"]{{format}}}""");
}
