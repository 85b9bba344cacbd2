namespace LlmGateway.Core.Errors;

/// <summary>One failure, told once: who failed, what to say about it, and what the client can do.</summary>
/// <param name="Code">What happened; decides status and type.</param>
/// <param name="Message">For the client. Names no secret, no internal address and no stack trace.</param>
public sealed record GatewayError(GatewayErrorCode Code, string Message)
{
    /// <summary>The request field at fault, as a path such as <c>messages[0].role</c>.</summary>
    public string? Param { get; init; }

    /// <summary>A finer machine-readable code than the one that follows from <see cref="Code"/>.</summary>
    public string? Detail { get; init; }

    /// <summary>When a retry makes sense.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The status a provider answered with, where it is passed on (<see cref="GatewayErrorCode.UpstreamRejected"/>).</summary>
    public int? UpstreamStatus { get; init; }

    /// <summary>
    /// The request was translated into a dialect of its own, or changed by a fallback step: what is said to be wrong with it may be the
    /// translation's making.
    /// </summary>
    public bool IsOfTranslation { get; init; }

    /// <summary>The provider's own OpenAI-shaped error document, passed on unchanged.</summary>
    public ReadOnlyMemory<byte> UpstreamBody { get; init; }

    /// <summary>What the provider said beside that; for the operator and never for the client.</summary>
    public string? ForLog { get; init; }

    public static GatewayError Invalid(string? param, string detail, string message) =>
        new(GatewayErrorCode.InvalidRequest, message) { Param = param, Detail = detail };
}
