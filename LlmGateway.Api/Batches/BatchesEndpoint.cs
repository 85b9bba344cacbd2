using System.Globalization;
using LlmGateway.Api.Errors;
using LlmGateway.Api.Inference;
using LlmGateway.Api.Lists;
using LlmGateway.Api.Jobs;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Data.Jobs;
using Microsoft.Extensions.Primitives;

namespace LlmGateway.Api.Batches;

/// <summary>The caller's batches: look, list, cancel.</summary>
internal sealed class BatchesEndpoint(JobServices jobs)
{
    private const int UsualLimit = 20;
    private const int LargestLimit = 100;

    private static readonly GatewayError NotFound = new(
        GatewayErrorCode.NotFound, "There is no such batch. It may have been deleted, or belong to another API key.");

    public Task GetAsync(HttpContext context) => RunAsync(context, GetAsync);

    public Task ListAsync(HttpContext context) => RunAsync(context, ListAsync);

    public Task CancelAsync(HttpContext context) => RunAsync(context, CancelAsync);

    private async Task RunAsync(HttpContext context, Func<HttpContext, IJobStore, ValueTask<GatewayError?>> handle)
    {
        GatewayError? error;
        try
        {
            error = jobs.Store is { } store ? await handle(context, store) : JobAnswer.NoStore;
        }
        catch (StoreUnavailableException) when (!context.Response.HasStarted)
        {
            error = JobAnswer.StoreAway;
        }

        if (error is not null)
        {
            await ErrorResponse.WriteAsync(context, error);
        }
    }

    private static async ValueTask<GatewayError?> GetAsync(HttpContext context, IJobStore store)
    {
        if (await FindAsync(context, store) is not { } batch)
        {
            return NotFound;
        }

        await ResponseBody.SendStateAsync(context, json => BatchDocument.Write(json, batch));
        return null;
    }

    private static async ValueTask<GatewayError?> CancelAsync(HttpContext context, IJobStore store)
    {
        if (await FindAsync(context, store) is not { } found || await store.CancelAsync(found.Id, KeyOf(context), context.RequestAborted) is not { } batch)
        {
            return NotFound;
        }

        if (batch.HasEnded && batch.Status != JobStatus.Cancelled)
        {
            return new GatewayError(GatewayErrorCode.Conflict, $"The batch has ended already: it is {BatchDocument.StatusOf(batch)}.");
        }

        await ResponseBody.SendStateAsync(context, json => BatchDocument.Write(json, batch));
        return null;
    }

    private static async ValueTask<GatewayError?> ListAsync(HttpContext context, IJobStore store)
    {
        if (Read(context, out var query) is { } invalid)
        {
            return invalid;
        }

        // One more than asked for tells whether there is a next page.
        var found = await store.ListAsync(query with { Limit = query.Limit + 1 }, context.RequestAborted);
        await ListPage.SendAsync(context, found, query.Limit, batch => batch.Id, (json, batch) => BatchDocument.Write(json, batch));
        return null;
    }

    private static GatewayError? Read(HttpContext context, out JobListQuery query)
    {
        query = new JobListQuery(KeyOf(context), JobKind.Batch, UsualLimit);
        if (ListPage.ReadLimit(context.Request.Query, UsualLimit, LargestLimit, out var limit) is { } invalid)
        {
            return invalid;
        }

        query = query with { Limit = limit };
        if (context.Request.Query.TryGetValue("after", out var sent))
        {
            if (!BatchIds.IsPossible(ListPage.Single(sent)))
            {
                return ListPage.Invalid("after", "expected the id of a batch");
            }

            query = query with { After = ListPage.Single(sent) };
        }

        return null;
    }

    private static async ValueTask<Job?> FindAsync(HttpContext context, IJobStore store)
    {
        var id = (string?)context.Request.RouteValues["id"];
        return BatchIds.IsPossible(id) && await store.FindAsync(id!, KeyOf(context), context.RequestAborted) is { Kind: JobKind.Batch } batch ? batch : null;
    }


    private static string KeyOf(HttpContext context) => context.Features.Get<Caller>()!.KeyId;
}
