namespace LlmGateway.Core.Errors;

/// <summary>Every way in which a request can fail. The status, type and code that a client sees follow from it alone.</summary>
public enum GatewayErrorCode
{
    /// <summary>A defect of the gateway itself.</summary>
    Internal,

    // :: The client's own making
    InvalidJson,
    InvalidRequest,
    MissingApiKey,
    InvalidApiKey,
    Forbidden,
    RouteNotFound,
    MethodNotAllowed,
    ModelNotFound,
    UnsupportedMediaType,
    RequestTooLarge,
    HeadersTooLarge,
    RequestTimeout,
    ClientClosedRequest,
    UnsupportedOperation,
    ContextLengthExceeded,

    // :: The gateway's limits
    Overloaded,

    /// <summary>The content is sensitive and no provider that may see it is available.</summary>
    SensitiveContent,

    // :: What the gateway needs besides providers: its database, its shared memory
    DependencyUnavailable,

    // :: Jobs, batches and files
    /// <summary>There is no such job, batch or file, or it is not the caller's.</summary>
    NotFound,

    /// <summary>What was asked for cannot be done as things stand.</summary>
    Conflict,

    /// <summary>An idempotency key came again with another request.</summary>
    IdempotencyConflict,

    /// <summary>A job ran longer than an attempt may.</summary>
    JobTimeout,

    /// <summary>The worker that ran a job was lost.</summary>
    WorkerLost,

    /// <summary>A job was not done by the time it had to be.</summary>
    JobExpired,

    /// <summary>A job was cancelled.</summary>
    JobCancelled,

    /// <summary>The request has passed this gateway before.</summary>
    LoopDetected,

    // :: The provider's making
    UpstreamRejected,
    UpstreamRateLimited,
    UpstreamCredentials,

    /// <summary>Every key that is configured for the provider has been refused.</summary>
    UpstreamCredentialsExhausted,
    UpstreamUnavailable,
    UpstreamTimeout,
    UpstreamError,
    UpstreamInvalidResponse,
    UpstreamInterrupted,
}
