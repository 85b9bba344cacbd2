using System.Text;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Providers.Tests.OpenAI;

public sealed class ErrorTests : OpenAIFixture
{
    private const string Ask = """{"model":"m","messages":[{"role":"user","content":"x"}]}""";
    private const string AskStream = """{"model":"m","stream":true,"messages":[{"role":"user","content":"x"}]}""";

    [Theory]
    [InlineData(Ask)]
    [InlineData(AskStream)]
    public async Task WellFormedError_PassesByteForByteWithItsStatus(string ask)
    {
        const string Body = """{"error": {"message":"bad","type":"invalid_request_error","param":"temperature","code":null,"vendor":1}}""";
        Server.Then(Body, 422);

        var error = await Error(ask);

        Assert.Equal(GatewayErrorCode.UpstreamRejected, error.Code);
        Assert.Equal(422, ErrorMapper.Status(error));
        Assert.Equal(Body, Written(error));
        Assert.Equal("temperature", error.Param);
    }

    [Theory]
    [InlineData("""{"object":"error","message":"flat","type":"BadRequestError","param":null,"code":400}""", "flat", null)]
    [InlineData("""{"detail":"a validator speaks"}""", "a validator speaks", null)]
    [InlineData("""{"error":"only text"}""", "only text", null)]
    [InlineData("""{"error":{"message":"no type","code":17,"param":"n"}}""", "no type", "n")]
    [InlineData("""{"error":{"message":"x","type":"t","param":"None","code":"None"}}""", "x", "None")]
    public async Task ErrorOfAnotherShape_BecomesAnErrorObject(string body, string message, string? param)
    {
        Server.Then(body, 400);

        var error = await Error();

        Assert.Equal(GatewayErrorCode.UpstreamRejected, error.Code);
        var expectedParam = param is null or "None" ? "null" : $"\"{param}\"";
        if (param != "None")
        {
            Assert.Equal(
                $$$"""{"error":{"message":"{{{message}}}","type":"invalid_request_error","param":{{{expectedParam}}},"code":"upstream_rejected"}}""", Written(error));
        }

        OpenAISchemas.AssertValid("ErrorResponse", Written(error));
    }

    [Theory]
    [InlineData("<html><h1>Bad Request</h1></html>", 400, GatewayErrorCode.UpstreamRejected, "answered 400.")]
    [InlineData("", 418, GatewayErrorCode.UpstreamRejected, "answered 418.")]
    [InlineData("<html>nginx</html>", 502, GatewayErrorCode.UpstreamError, "answered 502.")]
    [InlineData("""{"error":{"message":"boom"}}""", 500, GatewayErrorCode.UpstreamError, "answered 500: boom")]
    [InlineData("""{"error":"loading"}""", 503, GatewayErrorCode.UpstreamUnavailable, "answered 503: loading")]
    [InlineData("", 504, GatewayErrorCode.UpstreamTimeout, "answered 504.")]
    [InlineData("", 302, GatewayErrorCode.UpstreamInvalidResponse, "status 302")]
    public async Task OtherFailures_AreTold(string body, int status, GatewayErrorCode code, string told)
    {
        Server.Then(body, status, "text/html");

        var error = await Error();

        Assert.Equal(code, error.Code);
        Assert.Contains(told, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(402)]
    [InlineData(403)]
    public async Task RefusedCredentials_AreNotQuoted(int status)
    {
        Server.Then("""{"error":{"message":"Incorrect API key provided: sk-abc123","type":"t","param":null,"code":"invalid_api_key"}}""", status);

        var error = await Error();

        Assert.Equal(GatewayErrorCode.UpstreamCredentials, error.Code);
        Assert.DoesNotContain("sk-abc123", Written(error), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RateLimit_TellsWhenToComeBack()
    {
        Server.Then("""{"error":{"message":"slow down"}}""", 429, headers: "Retry-After: 7\r\n")
            .Then("""{"error":{"message":"slow down"}}""", 429, headers: $"Retry-After: {Time.GetUtcNow().AddSeconds(90):R}\r\n")
            .Then("""{"error":{"message":"slow down"}}""", 429, headers: $"Retry-After: {Time.GetUtcNow().AddSeconds(-90):R}\r\n")
            .Then("", 503, headers: "Retry-After: 3\r\n");

        var relative = await Error();
        Assert.Equal(GatewayErrorCode.UpstreamRateLimited, relative.Code);
        Assert.Equal(429, ErrorMapper.Status(relative));
        Assert.Equal(TimeSpan.FromSeconds(7), relative.RetryAfter);
        Assert.Equal(TimeSpan.FromSeconds(90), (await Error(AskStream)).RetryAfter);
        Assert.Null((await Error()).RetryAfter);
        Assert.Equal(TimeSpan.FromSeconds(3), (await Error()).RetryAfter);
    }

    [Fact]
    public async Task ErrorDocumentWithStatus200_IsAnError()
    {
        Server.Then("""{"error":{"message":"too long","type":"t","param":"messages","code":"context_length_exceeded"}}""")
            .Then("""{"object":"list","data":[],"error":"no vectors"}""");

        var chat = await Error();
        var embeddings = await Calls.ErrorAsync(Provider.EmbedAsync(Calls.Make(Operation.Embeddings, """{"model":"m","input":"x"}""")));

        Assert.Equal(GatewayErrorCode.ContextLengthExceeded, chat.Code);
        Assert.Equal("context_length_exceeded", ErrorMapper.Code(chat));
        Assert.Contains("no vectors", embeddings.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LongMessage_IsBounded()
    {
        Server.Then($$$"""{"error":{"message":"{{{new string('x', 50_000)}}}"}}""", 400);

        Assert.True((await Error()).Message.Length < 1100);
    }

    [Fact]
    public async Task ErrorDocumentThatIsCut_StillTellsItsStatus()
    {
        Server.Then(async c =>
        {
            await c.SendAsync("HTTP/1.1 500 Oops\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"error\"");
            await c.CutAsync();
        });

        Assert.Equal(GatewayErrorCode.UpstreamError, (await Error()).Code);
    }

    [Fact]
    public async Task ServerThatIsNotThere_IsUnavailable()
    {
        string free;
        await using (var gone = new ScriptedServer())
        {
            free = gone.BaseUrl;
        }

        var error = await Calls.ErrorAsync(Make(new() { BaseUrl = free }).ChatAsync(Calls.Chat(Ask)));

        Assert.Equal(GatewayErrorCode.UpstreamUnavailable, error.Code);
    }

    private Task<GatewayError> Error(string ask = Ask) => Calls.ErrorAsync(Provider.ChatAsync(Calls.Chat(ask)));

    private static string Written(GatewayError error)
    {
        using var output = new PooledBuffer();
        ErrorMapper.Write(error, output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
