using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Telemetry;
using LlmGateway.Core.Usage;
using LlmGateway.Data.Journal;

namespace LlmGateway.Data.Usage;

/// <summary>
/// Writes one usage row per request, whatever became of it. Requests of jobs are left out: their row is written together with the
/// job's end, so that a job is charged once however often it was begun.
/// </summary>
public sealed class UsageRecorder(IRecordWriter<UsageRecord> writer, TimeProvider time) : IRequestObserver
{
    private const int StatusOk = 200;

    public void Started(GatewayRequest request)
    {
    }

    public void Ended(GatewayRequest request, in RequestOutcome outcome)
    {
        if (request.JobId is null)
        {
            writer.Write(Row(request, outcome, Guid.CreateVersion7(), time.GetUtcNow()));
        }
    }

    /// <summary>The id of the row for what has this name, the same each time: a job, or a line of a batch.</summary>
    public static Guid IdOf(string name) => new(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 16), bigEndian: true);

    /// <summary>What a request that ended at <paramref name="now"/> leaves behind.</summary>
    public static UsageRecord Row(GatewayRequest request, in RequestOutcome outcome, Guid id, DateTimeOffset now)
    {
        var tokens = outcome.Usage.GetValueOrDefault();
        return new UsageRecord
        {
            Id = id,
            RequestId = request.Id,
            CreatedAt = now - outcome.Duration,
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
            Estimated = outcome.IsEstimate,
            Sensitivity = request.IsClassified || request.Sensitivity.IsSensitive ? (request.Sensitivity.IsSensitive ? "high" : "low") : null,
            DurationMs = outcome.Duration.TotalMilliseconds,
            FirstTokenMs = outcome.FirstChunk?.TotalMilliseconds,
            JobId = request.JobId,
            TraceId = Activity.Current?.TraceId.ToHexString(),
        };
    }

    /// <summary>What stands in the status line: a stream that broke off had begun as 200.</summary>
    private static int Status(in RequestOutcome outcome) =>
        outcome.Error is null || outcome.FirstChunk is not null ? StatusOk : ErrorMapper.Status(outcome.Error);
}
