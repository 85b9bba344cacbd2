using System.Buffers;
using System.Text;
using System.Text.Json;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Usage;
using LlmGateway.Data.Journal;

namespace LlmGateway.Data.Audit;

/// <summary>
/// Writes one audit row for each request with sensitive content: who was allowed to see it, who was not, and why. Requests in which
/// nothing was found are in the usage rows only.
/// </summary>
public sealed class RoutingAudit(IRecordWriter<AuditRecord> writer, TimeProvider time) : IRequestObserver
{
    public const string Action = "request.routed";

    public void Started(GatewayRequest request)
    {
    }

    public void Ended(GatewayRequest request, in RequestOutcome outcome)
    {
        if (!request.Sensitivity.IsSensitive)
        {
            return;
        }

        writer.Write(new AuditRecord
        {
            OccurredAt = time.GetUtcNow(),
            Action = Action,
            Outcome = outcome.Error switch
            {
                null => "allowed",
                { Code: GatewayErrorCode.SensitiveContent } => "denied",
                _ => "failed",
            },
            RequestId = request.Id,
            ApiKeyId = request.Caller.KeyId,
            Actor = request.Caller.Owner,
            // Nobody saw what was refused, whoever was looked at first.
            Subject = request.Attempts > 0 ? $"{request.Provider}/{request.UpstreamModel}" : null,
            Detail = Describe(request),
        });
    }

    private static string Describe(GatewayRequest request)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteNumber("score"u8, request.Sensitivity.Score);
            json.WriteStartArray("reasons"u8);
            foreach (var reason in request.Sensitivity.Reasons)
            {
                json.WriteStringValue(reason);
            }

            json.WriteEndArray();
            json.WriteNumber("attempts"u8, request.Attempts);
            if (request.Plan is { } plan)
            {
                json.WriteString("strategy"u8, plan.Strategy);
                json.WriteStartArray("candidates"u8);
                foreach (var candidate in plan.Candidates)
                {
                    json.WriteStringValue(candidate.Target.ToString());
                }

                json.WriteEndArray();
                json.WriteStartObject("rejected"u8);
                foreach (var rejection in plan.Rejected.DistinctBy(r => r.Target.ToString()))
                {
                    json.WriteString(rejection.Target.ToString(), rejection.Reason);
                }

                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
