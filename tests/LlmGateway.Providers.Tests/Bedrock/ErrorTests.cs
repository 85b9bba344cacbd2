using LlmGateway.Core.Errors;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Providers.Tests.Bedrock;

public sealed class ErrorTests : BedrockFixture
{
    [Theory]
    [InlineData(400, "ValidationException", "messages: bad", GatewayErrorCode.UpstreamRejected, 400, null)]
    [InlineData(400, "ValidationException", "Input is too long for requested model.", GatewayErrorCode.ContextLengthExceeded, 400, "messages")]
    [InlineData(400, "ValidationException", "The model returned the following errors: prompt is too long: 210000 tokens > 200000 maximum", GatewayErrorCode.ContextLengthExceeded, 400, "messages")]
    [InlineData(400, "ValidationException", "The provided model identifier is invalid.", GatewayErrorCode.ModelNotFound, 404, "model")]
    [InlineData(400, "ServiceQuotaExceededException", "quota", GatewayErrorCode.UpstreamRateLimited, 429, null)]
    [InlineData(403, "AccessDeniedException", "User: arn:aws:iam::1:user/x is not authorized", GatewayErrorCode.UpstreamCredentials, 502, null)]
    [InlineData(403, "UnrecognizedClientException", "The security token is invalid", GatewayErrorCode.UpstreamCredentials, 502, null)]
    [InlineData(403, "ExpiredTokenException", "expired", GatewayErrorCode.UpstreamCredentials, 502, null)]
    [InlineData(400, "ExpiredTokenException", "expired", GatewayErrorCode.UpstreamCredentials, 502, null)]
    [InlineData(403, "InvalidSignatureException", "The request signature we calculated does not match", GatewayErrorCode.UpstreamCredentials, 502, null)]
    [InlineData(404, "ResourceNotFoundException", "Model not found.", GatewayErrorCode.ModelNotFound, 404, "model")]
    [InlineData(408, "ModelTimeoutException", "late", GatewayErrorCode.UpstreamTimeout, 504, null)]
    [InlineData(424, "ModelErrorException", "broke", GatewayErrorCode.UpstreamError, 502, null)]
    [InlineData(429, "ThrottlingException", "Too many requests", GatewayErrorCode.UpstreamRateLimited, 429, null)]
    [InlineData(429, "ModelNotReadyException", "warming up", GatewayErrorCode.UpstreamUnavailable, 503, null)]
    [InlineData(500, "InternalServerException", "oh", GatewayErrorCode.UpstreamError, 502, null)]
    [InlineData(503, "ServiceUnavailableException", "later", GatewayErrorCode.UpstreamUnavailable, 503, null)]
    [InlineData(418, "SomethingNewException", "tea", GatewayErrorCode.UpstreamRejected, 418, null)]
    public async Task Errors_AreToldApart_ByHeaderAndByType(int status, string type, string message, GatewayErrorCode code, int clientStatus, string? param)
    {
        Server.Then($$"""{"message":"{{message}}"}""", status, headers: $"x-amzn-ErrorType: {type}:http://internal.amazon.com/coral/x/\r\nretry-after: 7\r\n");
        Server.Then($$"""{"__type":"com.amazon.coral.service#{{type}}","Message":"{{message}}"}""", status, headers: "retry-after: 7\r\n");

        Assert.All([await RefusedAsync(Ask()), await RefusedAsync(AskStream())], error =>
        {
            Assert.Equal((code, clientStatus, param), (error.Code, ErrorMapper.Status(error), error.Param));
            Assert.DoesNotContain("arn:aws", error.Message, StringComparison.Ordinal);
            Assert.Equal(
                code is GatewayErrorCode.UpstreamRateLimited && status == 429 || code is GatewayErrorCode.UpstreamUnavailable ? TimeSpan.FromSeconds(7) : null, error.RetryAfter);
        });
    }

    [Fact]
    public async Task ErrorWithoutADocument_IsToldByItsStatus()
    {
        Server.Then("<html>", 502, "text/html");

        Assert.Equal(GatewayErrorCode.UpstreamError, (await RefusedAsync(Ask())).Code);
    }

    [Fact]
    public async Task Completions_AreUnsupported()
    {
        var error = await Calls.ErrorAsync(Provider.CompleteAsync(Calls.Make(Operation.Completion, """{"model":"m","prompt":"x"}""")));

        Assert.Equal((GatewayErrorCode.UnsupportedOperation, "model"), (error.Code, error.Param));
    }

    [Fact]
    public async Task UnknownRegion_IsToldWithoutACall()
    {
        Options.Aws.Region = null;
        Start();

        var error = await RefusedAsync(Ask());

        Assert.Equal(GatewayErrorCode.UpstreamCredentials, error.Code);
        Assert.Contains("region", error.Message, StringComparison.Ordinal);
        Assert.Empty(Server.Requests);
    }
}
