using LlmGateway.Core.Errors;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Providers.Tests.Anthropic;

public sealed class ErrorTests : AnthropicFixture
{
    [Theory]
    [InlineData(400, "invalid_request_error", "messages.0: bad", GatewayErrorCode.UpstreamRejected, 400, null)]
    [InlineData(400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum", GatewayErrorCode.ContextLengthExceeded, 400, "messages")]
    [InlineData(400, "invalid_request_error", "input length and `max_tokens` exceed context limit: 199000 + 4096 > 200000", GatewayErrorCode.ContextLengthExceeded, 400, "messages")]
    [InlineData(400, "invalid_request_error", "Your credit balance is too low to access the Anthropic API.", GatewayErrorCode.UpstreamCredentialsExhausted, 502, null)]
    [InlineData(401, "authentication_error", "invalid x-api-key", GatewayErrorCode.UpstreamCredentialsExhausted, 502, null)]
    [InlineData(402, "billing_error", "pay", GatewayErrorCode.UpstreamCredentialsExhausted, 502, null)]
    [InlineData(403, "permission_error", "no", GatewayErrorCode.UpstreamCredentialsExhausted, 502, null)]
    [InlineData(404, "not_found_error", "model: claude-x", GatewayErrorCode.ModelNotFound, 404, "model")]
    [InlineData(404, "not_found_error", "Not found", GatewayErrorCode.UpstreamRejected, 404, null)]
    [InlineData(413, "request_too_large", "Request exceeds the maximum size", GatewayErrorCode.RequestTooLarge, 413, null)]
    [InlineData(429, "rate_limit_error", "slow down", GatewayErrorCode.UpstreamRateLimited, 429, null)]
    [InlineData(500, "api_error", "Internal server error", GatewayErrorCode.UpstreamError, 502, null)]
    [InlineData(504, "timeout_error", "late", GatewayErrorCode.UpstreamTimeout, 504, null)]
    [InlineData(529, "overloaded_error", "Overloaded", GatewayErrorCode.UpstreamUnavailable, 503, null)]
    public async Task Errors_AreToldApart(int status, string type, string message, GatewayErrorCode code, int clientStatus, string? param)
    {
        var body = Envelope(type, message);
        Server.Then(body, status, headers: "retry-after: 7\r\n").Then(body, status, headers: "retry-after: 7\r\n");

        Assert.All([await Error(Ask()), await Error(AskStream())], error =>
        {
            Assert.Equal((code, clientStatus, param), (error.Code, ErrorMapper.Status(error), error.Param));
            Assert.Equal(code != GatewayErrorCode.UpstreamCredentialsExhausted, error.Message.Contains(message, StringComparison.Ordinal));
            Assert.Equal(
                code is GatewayErrorCode.UpstreamRateLimited or GatewayErrorCode.UpstreamUnavailable ? TimeSpan.FromSeconds(7) : null, error.RetryAfter);
        });
    }

    [Theory]
    [InlineData("overloaded_error", GatewayErrorCode.UpstreamUnavailable)]
    [InlineData("rate_limit_error", GatewayErrorCode.UpstreamRateLimited)]
    [InlineData("timeout_error", GatewayErrorCode.UpstreamTimeout)]
    [InlineData("api_error", GatewayErrorCode.UpstreamError)]
    [InlineData("authentication_error", GatewayErrorCode.UpstreamCredentials)]
    [InlineData("invalid_request_error", GatewayErrorCode.UpstreamRejected)]
    [InlineData("something_new", GatewayErrorCode.UpstreamError)]
    public async Task ErrorEvent_FailsTheStream_AndIsAPlainErrorBeforeTheFirstBlock(string type, GatewayErrorCode code)
    {
        var error = $"event: error\ndata: {Envelope(type, "sk-secret trouble")}\n\n";
        var read = await StreamAsync(AskStream(), MessageStart, TextBlock(0, "x"), error);
        Server.ThenStream(EventStream, MessageStart, Ping, error);
        var plain = await Error(AskStream());
        Server.Then(Envelope(type, "sk-secret trouble"));
        var whole = await Error(Ask());

        Assert.All([read.Error!, plain, whole], e =>
        {
            Assert.Equal(code, e.Code);
            Assert.Equal(code != GatewayErrorCode.UpstreamCredentials, (e.Message + e.ForLog).Contains("trouble", StringComparison.Ordinal));
        });
        Assert.Equal(2, read.Chunks.Count);
        Assert.Null(read.FinishReason);
    }

    [Theory]
    [InlineData("application/json", """{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}""", GatewayErrorCode.UpstreamUnavailable)]
    [InlineData("application/json", Hello, GatewayErrorCode.UpstreamInvalidResponse)]
    [InlineData("text/html", "<html>", GatewayErrorCode.UpstreamInvalidResponse)]
    public async Task SomethingElseThanAStream_IsAnError(string contentType, string body, GatewayErrorCode code)
    {
        Server.Then(body, contentType: contentType);

        Assert.Equal(code, (await Error(AskStream())).Code);
    }

    [Fact]
    public async Task EmbeddingsAndCompletions_AreUnsupported()
    {
        var embeddings = await Calls.ErrorAsync(Provider.EmbedAsync(Calls.Make(Operation.Embeddings, """{"model":"m","input":"x"}""")));
        var completion = await Calls.ErrorAsync(Provider.CompleteAsync(Calls.Make(Operation.Completion, """{"model":"m","prompt":"x"}""")));

        Assert.All([embeddings, completion], e => Assert.Equal((GatewayErrorCode.UnsupportedOperation, "model"), (e.Code, e.Param)));
        Assert.Empty(Server.Requests);
    }

    private static string Envelope(string type, string message) => $$$"""{"type":"error","error":{"type":"{{{type}}}","message":"{{{message}}}"},"request_id":"req_1"}""";

    private Task<GatewayError> Error(string ask) => Calls.ErrorAsync(Provider.ChatAsync(Calls.Chat(ask)));
}
