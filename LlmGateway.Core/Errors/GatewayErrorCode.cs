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
