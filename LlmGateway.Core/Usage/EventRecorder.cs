using LlmGateway.Contracts.Events;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Telemetry;

namespace LlmGateway.Core.Usage;

/// <summary>Tells the bus when a request starts and how it ended.</summary>
public sealed class EventRecorder(IEventPublisher events, TimeProvider time) : IRequestObserver
{
    public void Started(GatewayRequest request) => events.Publish(new RequestStarted
    {
        RequestId = request.Id,
        Operation = GatewayTelemetry.Name(request.View.Operation),
        Model = BoundedText.Shorten(request.View.Model),
        KeyId = request.Caller.KeyId,
        Stream = request.View.Stream,
        Timestamp = time.GetUtcNow(),
    });

    public void Ended(GatewayRequest request, in RequestOutcome outcome)
    {
        if (outcome.Error is { } error)
        {
            events.Publish(new RequestFailed
            {
                RequestId = request.Id,
                Operation = GatewayTelemetry.Name(request.View.Operation),
                Model = BoundedText.Shorten(request.View.Model),
                KeyId = request.Caller.KeyId,
                Provider = request.Provider,
                Error = ErrorMapper.Kind(error),
                DurationMs = outcome.Duration.TotalMilliseconds,
                Timestamp = time.GetUtcNow(),
            });
            return;
        }

        events.Publish(new RequestCompleted
        {
            RequestId = request.Id,
            Operation = GatewayTelemetry.Name(request.View.Operation),
            Model = BoundedText.Shorten(request.View.Model),
            KeyId = request.Caller.KeyId,
            Provider = request.Provider,
            UpstreamModel = request.UpstreamModel,
            PromptTokens = outcome.Usage.GetValueOrDefault().PromptTokens,
            CompletionTokens = outcome.Usage.GetValueOrDefault().CompletionTokens,
            FinishReason = outcome.FinishReason,
            DurationMs = outcome.Duration.TotalMilliseconds,
            Timestamp = time.GetUtcNow(),
        });
    }
}
