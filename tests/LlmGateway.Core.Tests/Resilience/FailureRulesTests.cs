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
        [GatewayErrorCode.ModelNotFound] = FailureAction.NextTarget,
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
    [InlineData(GatewayErrorCode.UpstreamTimeout, GatewayErrorCode.UpstreamCredentials, GatewayErrorCode.UpstreamTimeout)]
    [InlineData(GatewayErrorCode.UpstreamUnavailable, GatewayErrorCode.ContextLengthExceeded, GatewayErrorCode.UpstreamUnavailable)]
    [InlineData(GatewayErrorCode.ContextLengthExceeded, GatewayErrorCode.UpstreamTimeout, GatewayErrorCode.ContextLengthExceeded)]
    [InlineData(GatewayErrorCode.UpstreamTimeout, GatewayErrorCode.UnsupportedOperation, GatewayErrorCode.UpstreamTimeout)]
    [InlineData(GatewayErrorCode.ContextLengthExceeded, GatewayErrorCode.ModelNotFound, GatewayErrorCode.ContextLengthExceeded)]
    [InlineData(GatewayErrorCode.UnsupportedOperation, GatewayErrorCode.ModelNotFound, GatewayErrorCode.UnsupportedOperation)]
    [InlineData(GatewayErrorCode.UpstreamCredentials, GatewayErrorCode.UnsupportedOperation, GatewayErrorCode.UnsupportedOperation)]
    [InlineData(GatewayErrorCode.UpstreamTimeout, GatewayErrorCode.UpstreamRateLimited, GatewayErrorCode.UpstreamRateLimited)]
    [InlineData(GatewayErrorCode.UpstreamError, GatewayErrorCode.UpstreamRateLimited, GatewayErrorCode.UpstreamRateLimited)]
    public void OfTwoFailures_TheOneThatTellsWhatToDoIsTold(GatewayErrorCode before, GatewayErrorCode after, GatewayErrorCode told)
    {
        Assert.Equal(told, FailureRules.MoreTelling(Error(before), Error(after)).Code);
    }

    [Theory]
    [InlineData(GatewayErrorCode.UpstreamRejected, null, nameof(FailureAction.NextTarget))]
    [InlineData(GatewayErrorCode.UpstreamRejected, "content_filter", nameof(FailureAction.Return))]
    [InlineData(GatewayErrorCode.InvalidRequest, null, nameof(FailureAction.NextTarget))]
    [InlineData(GatewayErrorCode.RequestTooLarge, null, nameof(FailureAction.NextTarget))]
    public void WhatIsSaidToATranslation_MayBeWrongWithItAlone(GatewayErrorCode code, string? detail, string action)
    {
        var error = Error(code) with { Detail = detail, UpstreamStatus = 400 };
        Assert.Equal(nameof(FailureAction.Return), FailureRules.Classify(error).ToString());
        Assert.Equal(action, FailureRules.Classify(error with { IsOfTranslation = true }).ToString());
        Assert.False(FailureRules.IsTargetsFault(error with { IsOfTranslation = true }));
    }

    [Fact]
    public void OfTwoPauses_TheShorterIsTold()
    {
        var (now, later) = (Error(GatewayErrorCode.UpstreamRateLimited) with { RetryAfter = TimeSpan.FromSeconds(3) }, Error(GatewayErrorCode.UpstreamRateLimited) with { RetryAfter = TimeSpan.FromSeconds(30) });
        Assert.Same(now, FailureRules.MoreTelling(now, later));
        Assert.Same(now, FailureRules.MoreTelling(later, now));
        Assert.Same(now, FailureRules.MoreTelling(now, Error(GatewayErrorCode.UpstreamUnavailable)));
    }

    [Fact]
    public void TheFirstFailure_IsToldWhenThereIsNoOther() =>
        Assert.Equal(GatewayErrorCode.UpstreamTimeout, FailureRules.MoreTelling(null, Error(GatewayErrorCode.UpstreamTimeout)).Code);

    private static GatewayError Error(GatewayErrorCode code) => new(code, "x");
}
