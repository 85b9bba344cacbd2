using System.Diagnostics;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Telemetry;
using LlmGateway.Core.Usage;
using LlmGateway.Data.Journal;
using LlmGateway.Data.Usage;

namespace LlmGateway.Api.Usage;

/// <summary>Writes one usage row per request, whatever became of it.</summary>
internal sealed class UsageRecorder(IRecordWriter<UsageRecord> writer, TimeProvider time) : IRequestObserver
{
    public void Started(GatewayRequest request)
    {
    }

    public void Ended(GatewayRequest request, in RequestOutcome outcome)
    {
        var tokens = outcome.Usage.GetValueOrDefault();
        writer.Write(new UsageRecord
        {
            RequestId = request.Id,
            CreatedAt = time.GetUtcNow() - outcome.Duration,
            ApiKeyId = request.Caller.KeyId,
            Owner = request.Caller.Owner,
            Team = request.Caller.Team,
            Operation = GatewayTelemetry.Name(request.View.Operation),
            RequestedModel = BoundedText.Shorten(request.View.Model),
            Model = request.UpstreamModel,
            Provider = request.Provider,
            Status = Status(outcome),
            ErrorCode = outcome.Error is { } error ? ErrorMapper.Kind(error) : null,
            FinishReason = outcome.FinishReason,
            Stream = request.View.Stream,
            Attempts = request.Attempts,
            PromptTokens = tokens.PromptTokens,
            CompletionTokens = tokens.CompletionTokens,
            CachedTokens = tokens.CachedTokens,
            ReasoningTokens = tokens.ReasoningTokens,
            Cost = outcome.Cost,
            Sensitivity = request.IsClassified || request.Sensitivity.IsSensitive ? (request.Sensitivity.IsSensitive ? "high" : "low") : null,
            DurationMs = outcome.Duration.TotalMilliseconds,
            FirstTokenMs = outcome.FirstChunk?.TotalMilliseconds,
            TraceId = Activity.Current?.TraceId.ToHexString(),
        });
    }

    /// <summary>What stands in the status line: a stream that broke off had begun as 200.</summary>
    private static int Status(in RequestOutcome outcome) =>
        outcome.Error is null || outcome.FirstChunk is not null ? StatusCodes.Status200OK : ErrorMapper.Status(outcome.Error);
}
