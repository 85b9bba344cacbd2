using System.Globalization;
using LlmGateway.Api.Errors;
using LlmGateway.Api.Inference;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Data.Jobs;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace LlmGateway.Api.Jobs;

/// <summary><c>GET /v1/…/jobs</c>: the caller's jobs, newest first, without their results.</summary>
internal sealed class JobListEndpoint(JobServices jobs, IOptions<JobOptions> options)
{
    private const int UsualLimit = 20;
    private const int LargestLimit = 100;

    private readonly JobOptions _options = options.Value;

    public async Task HandleAsync(HttpContext context, JobKind kind)
    {
        if (jobs.Store is not { } store)
        {
            await ErrorResponse.WriteAsync(context, JobAnswer.NoStore);
            return;
        }

        if (Read(context, kind, out var query) is { } invalid)
        {
            await ErrorResponse.WriteAsync(context, invalid);
            return;
        }

        IReadOnlyList<Job> found;
        try
        {
            // One more than asked for tells whether there is a next page.
            found = await store.ListAsync(query with { Limit = query.Limit + 1 }, context.RequestAborted);
        }
        catch (StoreUnavailableException)
        {
            await ErrorResponse.WriteAsync(context, JobAnswer.StoreAway);
            return;
        }

        var count = Math.Min(found.Count, query.Limit);
        await ResponseBody.SendStateAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteString("object"u8, "list"u8);
            json.WriteStartArray("data"u8);
            for (var i = 0; i < count; i++)
            {
                JobDocument.Write(json, found[i], position: null, estimate: null, _options);
            }

            json.WriteEndArray();
            json.WriteString("first_id"u8, count > 0 ? found[0].Id : null);
            json.WriteString("last_id"u8, count > 0 ? found[count - 1].Id : null);
            json.WriteBoolean("has_more"u8, found.Count > query.Limit);
            json.WriteEndObject();
        });
    }

    private static GatewayError? Read(HttpContext context, JobKind kind, out JobListQuery query)
    {
        var parameters = context.Request.Query;
        query = new JobListQuery(context.Features.Get<Caller>()!.KeyId, kind, UsualLimit);
        if (parameters.TryGetValue("limit", out var sent))
        {
            if (Single(sent) is not { } text || !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) || limit is < 1 or > LargestLimit)
            {
                return Invalid("limit", $"expected a whole number from 1 to {LargestLimit}");
            }

            query = query with { Limit = limit };
        }

        if (parameters.TryGetValue("after", out sent))
        {
            if (Single(sent) is not { } after || !JobIds.IsPossible(after))
            {
                return Invalid("after", "expected the id of a job");
            }

            query = query with { After = after };
        }

        if (parameters.TryGetValue("status", out sent))
        {
            if (StatusOf(Single(sent)) is not { } status)
            {
                return Invalid("status", "supported values are 'queued', 'running', 'completed', 'failed', 'cancelled' and 'expired'");
            }

            query = query with { Status = status };
        }

        return null;
    }

    private static string? Single(StringValues values) => values.Count == 1 ? values[0] : null;

    private static JobStatus? StatusOf(string? name) => name switch
    {
        "queued" => JobStatus.Queued,
        "running" => JobStatus.Running,
        "completed" => JobStatus.Completed,
        "failed" => JobStatus.Failed,
        "cancelled" => JobStatus.Cancelled,
        "expired" => JobStatus.Expired,
        _ => null,
    };

    private static GatewayError Invalid(string name, string expected) =>
        GatewayError.Invalid(name, "invalid_value", $"Invalid value for '{name}': {expected}.");
}
