using LlmGateway.Contracts;
using LlmGateway.Core.Errors;

namespace LlmGateway.Core.Resilience;

/// <summary>What to do about a failed call.</summary>
internal enum FailureAction
{
    /// <summary>It is the client's own making, or nobody waits any more: the error is the answer.</summary>
    Return,

    /// <summary>This target cannot answer the request; another one may.</summary>
    NextTarget,

    /// <summary>The prompt is too long for this target.</summary>
    LargerTarget,

    /// <summary>The same call may succeed at once: a connection that was reset, a passing defect.</summary>
    RetrySoon,

    /// <summary>The target says or shows that it needs a pause; others are asked first.</summary>
    RetryLater,
}

/// <summary>Which failure means what for the choice of the next call.</summary>
internal static class FailureRules
{
    private const int NotFound = 404;

    public static FailureAction Classify(GatewayError error) => error.Code switch
    {
        GatewayErrorCode.ContextLengthExceeded => FailureAction.LargerTarget,
        GatewayErrorCode.UpstreamRejected when error.Detail == "context_length_exceeded" => FailureAction.LargerTarget,
        GatewayErrorCode.UpstreamError when error.Detail == "context_length_exceeded" => FailureAction.LargerTarget,

        // The model is gone there.
        GatewayErrorCode.UpstreamRejected when error.UpstreamStatus == NotFound => FailureAction.NextTarget,
        GatewayErrorCode.ModelNotFound => FailureAction.NextTarget,

        // What the gateway made of the request may be what is wrong; that it is refused for its content is not.
        GatewayErrorCode.UpstreamRejected when error.Detail == "content_filter" => FailureAction.Return,
        GatewayErrorCode.UpstreamRejected or GatewayErrorCode.InvalidRequest or GatewayErrorCode.RequestTooLarge when error.IsOfTranslation =>
            FailureAction.NextTarget,

        // Too large to be held whole: another target's answer would be as large, and the client can choose another mode.
        GatewayErrorCode.UpstreamInvalidResponse when error.Param == GatewayHeaders.StreamMode => FailureAction.Return,
        GatewayErrorCode.UnsupportedOperation => FailureAction.NextTarget,
        GatewayErrorCode.UpstreamCredentials or GatewayErrorCode.UpstreamCredentialsExhausted => FailureAction.NextTarget,
        GatewayErrorCode.UpstreamTimeout or GatewayErrorCode.UpstreamInvalidResponse => FailureAction.NextTarget,
        GatewayErrorCode.Overloaded or GatewayErrorCode.LoopDetected => FailureAction.NextTarget,

        GatewayErrorCode.UpstreamError or GatewayErrorCode.UpstreamInterrupted => FailureAction.RetrySoon,
        GatewayErrorCode.UpstreamRateLimited or GatewayErrorCode.UpstreamUnavailable => FailureAction.RetryLater,
        _ => FailureAction.Return,
    };

    /// <summary>The failure says something about the target and not about the request.</summary>
    public static bool IsTargetsFault(GatewayError error) => Classify(error) is var action && (action == FailureAction.RetrySoon
        || (action != FailureAction.Return
            && error.Code is GatewayErrorCode.UpstreamUnavailable or GatewayErrorCode.UpstreamTimeout or GatewayErrorCode.UpstreamInvalidResponse));

    /// <summary>
    /// Of two failures of one request, the one that lets the client do the right thing: coming again helps more than changing the request, and
    /// that more than knowing what only the operator can mend.
    /// </summary>
    /// <param name="before">The one that would be told so far.</param>
    /// <param name="after">The later one.</param>
    /// <param name="ofOneTarget">Both are of the same target, whose last word counts, also about when to come again.</param>
    public static GatewayError MoreTelling(GatewayError? before, GatewayError after, bool ofOneTarget = false) =>
        before is null || Rank(after) > Rank(before) ? after
        : Rank(after) < Rank(before) || (!ofOneTarget && IsSooner(before.RetryAfter, after.RetryAfter)) ? before
        : after;

    private static int Rank(GatewayError error) => Classify(error) switch
    {
        _ when error.Code == GatewayErrorCode.Overloaded => 5,
        FailureAction.RetryLater => 5,
        FailureAction.RetrySoon => 4,
        FailureAction.LargerTarget => 3,
        _ when error.Code is GatewayErrorCode.UpstreamTimeout or GatewayErrorCode.UpstreamInvalidResponse => 2,
        _ when error.Code is GatewayErrorCode.UpstreamCredentials or GatewayErrorCode.UpstreamCredentialsExhausted or GatewayErrorCode.ModelNotFound
            || error.UpstreamStatus == NotFound => 0,
        _ => 1,
    };

    /// <summary>Coming again makes sense earlier for the one than for the other; for one that does not tell, nobody knows.</summary>
    private static bool IsSooner(TimeSpan? one, TimeSpan? other) => one is { } told && (other is null || told < other);
}
