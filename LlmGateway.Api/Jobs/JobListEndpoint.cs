using System.Globalization;
using LlmGateway.Api.Errors;
using LlmGateway.Api.Inference;
using LlmGateway.Api.Lists;
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

        await ListPage.SendAsync(context, found, query.Limit, job => job.Id, (json, job) => JobDocument.Write(json, job, position: null, estimate: null, _options));
    }

    private static GatewayError? Read(HttpContext context, JobKind kind, out JobListQuery query)
    {
        var parameters = context.Request.Query;
        query = new JobListQuery(context.Features.Get<Caller>()!.KeyId, kind, UsualLimit);
        if (ListPage.ReadLimit(parameters, UsualLimit, LargestLimit, out var limit) is { } invalid)
        {
            return invalid;
        }

        query = query with { Limit = limit };
        if (parameters.TryGetValue("after", out var sent))
        {
            if (ListPage.Single(sent) is not { } after || !JobIds.IsPossible(after))
            {
                return ListPage.Invalid("after", "expected the id of a job");
            }

            query = query with { After = after };
        }

        if (parameters.TryGetValue("status", out sent))
        {
            if (StatusOf(ListPage.Single(sent)) is not { } status)
            {
                return ListPage.Invalid("status", "supported values are 'queued', 'running', 'completed', 'failed', 'cancelled' and 'expired'");
            }

            query = query with { Status = status };
        }

        return null;
    }


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
}
