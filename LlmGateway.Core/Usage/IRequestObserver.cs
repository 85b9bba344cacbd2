using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Core.Usage;

/// <summary>
/// Hears of every request that enters the spine, once when it starts and once when it is settled, however it ends. Called on the
/// request's own thread: must neither block nor throw.
/// </summary>
public interface IRequestObserver
{
    void Started(GatewayRequest request);

    void Ended(GatewayRequest request, in RequestOutcome outcome);
}

/// <summary>How a request ended.</summary>
/// <param name="Error">Why there is no whole answer; null when there is.</param>
/// <param name="Usage">Token counts, as far as the provider told them.</param>
/// <param name="FinishReason">Of the last choice, where one was told.</param>
/// <param name="Duration">From the request's arrival to the answer's end.</param>
/// <param name="FirstChunk">From the request's arrival to the first piece of a streamed answer; null when none came.</param>
public readonly record struct RequestOutcome(GatewayError? Error, TokenUsage? Usage, string? FinishReason, TimeSpan Duration, TimeSpan? FirstChunk)
{
    /// <summary>In US dollars, by the prices of the model that answered; 0 where they are unknown.</summary>
    public decimal Cost { get; init; }

    /// <summary>Tokens and cost are estimated, because the client left before the provider had told them.</summary>
    public bool IsEstimate { get; init; }
}
