using LlmGateway.Core.Errors;

namespace LlmGateway.Core.Tests.Errors;

public class ProviderWordsTests
{
    [Theory]
    [InlineData(GatewayErrorCode.UpstreamError, "Provider 'a' answered 502: http://10.0.0.1 failed", "Provider 'a' answered 502.", "http://10.0.0.1 failed")]
    [InlineData(GatewayErrorCode.UpstreamRateLimited, "Provider 'a' answered 429: org-7: slow", "Provider 'a' answered 429.", "org-7: slow")]
    [InlineData(GatewayErrorCode.UpstreamError, "Provider 'a' reported an error: /srv/x", "Provider 'a' reported an error.", "/srv/x")]
    [InlineData(GatewayErrorCode.UpstreamUnavailable, "Provider 'a' cannot be reached.", "Provider 'a' cannot be reached.", null)]
    [InlineData(GatewayErrorCode.UpstreamRejected, "Provider 'a' answered 400: bad temperature", "Provider 'a' answered 400: bad temperature", null)]
    public void WordsOfAFailureOfItsOwn_AreForTheLog(GatewayErrorCode code, string message, string told, string? log)
    {
        var error = ProviderWords.Withhold(new GatewayError(code, message));
        Assert.Equal((told, log), (error.Message, error.ForLog));
    }
}
