using LlmGateway.Core.Protocol;

namespace LlmGateway.Core.Pipeline;

/// <summary>Who asks: the owner of an API key.</summary>
/// <param name="KeyId">Name of the key, safe to log; never the key itself.</param>
public sealed record Caller(string KeyId);

/// <summary>One request on its way through the spine, and what has been decided about it.</summary>
/// <param name="Id">The request id that answers, logs and traces carry.</param>
/// <param name="View">What the client asked.</param>
/// <param name="Caller">Who asked.</param>
/// <param name="Aborted">Fires when the client has gone; everything upstream stops with it.</param>
public sealed record GatewayRequest(string Id, RequestView View, Caller Caller, CancellationToken Aborted)
{
    /// <summary>Timestamp (<see cref="TimeProvider.GetTimestamp"/>) at which the gateway took the request on.</summary>
    public required long StartTimestamp { get; init; }

    /// <summary>Name of the provider that was called last.</summary>
    public string? Provider { get; set; }

    /// <summary>The model as that provider knows it.</summary>
    public string? UpstreamModel { get; set; }

    /// <summary>Upstream calls made so far.</summary>
    public int Attempts { get; set; }
}
