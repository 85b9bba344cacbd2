using LlmGateway.Contracts;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Resilience;

namespace LlmGateway.Core.Tests.Resilience;

public class FailureRulesTests
{
    /// <summary>Every code has its place here, so that a new one makes somebody think.</summary>
    private static readonly Dictionary<GatewayErrorCode, FailureAction> Expected = new()
    {
        [GatewayErrorCode.ContextLengthExceeded] = FailureAction.LargerTarget,
        [GatewayErrorCode.UnsupportedOperation] = FailureAction.NextTarget,
        [GatewayErrorCode.Overloaded] = FailureAction.NextTarget,
        [GatewayErrorCode.UpstreamCredentials] = FailureAction.NextTarget,
        [GatewayErrorCode.UpstreamCredentialsExhausted] = FailureAction.NextTarget,
        [GatewayErrorCode.UpstreamTimeout] = FailureAction.NextTarget,
        [GatewayErrorCode.UpstreamInvalidResponse] = FailureAction.NextTarget,
        [GatewayErrorCode.UpstreamError] = FailureAction.RetrySoon,
        [GatewayErrorCode.UpstreamInterrupted] = FailureAction.RetrySoon,
        [GatewayErrorCode.UpstreamRateLimited] = FailureAction.RetryLater,
        [GatewayErrorCode.UpstreamUnavailable] = FailureAction.RetryLater,
    };

    [Fact]
    public void WhatIsNotTheTargetsMaking_IsReturned()
    {
        Assert.All(Enum.GetValues<GatewayErrorCode>(), code =>
            Assert.Equal((code, Expected.GetValueOrDefault(code, FailureAction.Return)), (code, FailureRules.Classify(Error(code)))));
    }

    [Fact]
    public void OnlyFailuresThatTellSomethingAboutTheTarget_CountAgainstIt()
    {
        GatewayErrorCode[] counted =
        [
            GatewayErrorCode.UpstreamUnavailable, GatewayErrorCode.UpstreamTimeout, GatewayErrorCode.UpstreamError, GatewayErrorCode.UpstreamInvalidResponse,
            GatewayErrorCode.UpstreamInterrupted,
        ];
        Assert.All(Enum.GetValues<GatewayErrorCode>(), code => Assert.Equal((code, counted.Contains(code)), (code, FailureRules.IsTargetsFault(Error(code)))));
    }

    [Theory]
    [InlineData(400, "context_length_exceeded", nameof(FailureAction.LargerTarget))]
    [InlineData(404, null, nameof(FailureAction.NextTarget))]
    [InlineData(404, "model_not_found", nameof(FailureAction.NextTarget))]
    [InlineData(400, "content_filter", nameof(FailureAction.Return))]
    [InlineData(400, null, nameof(FailureAction.Return))]
    [InlineData(413, null, nameof(FailureAction.Return))]
    [InlineData(422, null, nameof(FailureAction.Return))]
    public void ARefusal_DependsOnItsStatusAndCode(int status, string? code, string action)
    {
        var error = new GatewayError(GatewayErrorCode.UpstreamRejected, "no") { UpstreamStatus = status, Detail = code };
        Assert.Equal(action, FailureRules.Classify(error).ToString());
        Assert.False(FailureRules.IsTargetsFault(error));
    }

    [Fact]
    public void APromptThatIsTooLong_IsNoFaultOfTheTarget_HoweverItIsTold()
    {
        var error = new GatewayError(GatewayErrorCode.UpstreamError, "no") { Detail = "context_length_exceeded" };
        Assert.Equal(FailureAction.LargerTarget, FailureRules.Classify(error));
        Assert.False(FailureRules.IsTargetsFault(error));
    }

    [Fact]
    public void AnAnswerTooLargeToBeHeld_IsNeitherAskedForAgainNorTheTargetsFault()
    {
        var error = new GatewayError(GatewayErrorCode.UpstreamInvalidResponse, "large") { Param = GatewayHeaders.StreamMode };
        Assert.Equal(FailureAction.Return, FailureRules.Classify(error));
        Assert.False(FailureRules.IsTargetsFault(error));
    }

    [Theory]
    [InlineData(GatewayErrorCode.UpstreamRateLimited, GatewayErrorCode.UpstreamTimeout, GatewayErrorCode.UpstreamRateLimited)]
    [InlineData(GatewayErrorCode.UpstreamError, GatewayErrorCode.UpstreamCredentials, GatewayErrorCode.UpstreamError)]
    [InlineData(GatewayErrorCode.ContextLengthExceeded, GatewayErrorCode.UnsupportedOperation, GatewayErrorCode.ContextLengthExceeded)]
    [InlineData(GatewayErrorCode.UpstreamTimeout, GatewayErrorCode.UpstreamCredentials, GatewayErrorCode.UpstreamCredentials)]
    [InlineData(GatewayErrorCode.UpstreamTimeout, GatewayErrorCode.UpstreamRateLimited, GatewayErrorCode.UpstreamRateLimited)]
    [InlineData(GatewayErrorCode.UpstreamError, GatewayErrorCode.UpstreamRateLimited, GatewayErrorCode.UpstreamRateLimited)]
    public void OfTwoFailures_TheOneThatTellsWhatToDoIsTold(GatewayErrorCode before, GatewayErrorCode after, GatewayErrorCode told)
    {
        Assert.Equal(told, FailureRules.MoreTelling(Error(before), Error(after)).Code);
    }

    [Fact]
    public void TheFirstFailure_IsToldWhenThereIsNoOther() =>
        Assert.Equal(GatewayErrorCode.UpstreamTimeout, FailureRules.MoreTelling(null, Error(GatewayErrorCode.UpstreamTimeout)).Code);

    private static GatewayError Error(GatewayErrorCode code) => new(code, "x");
}
