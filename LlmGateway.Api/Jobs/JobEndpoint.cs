using LlmGateway.Api.Errors;
using LlmGateway.Api.Inference;
using LlmGateway.Contracts.Failures;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Data.Jobs;
using LlmGateway.ServiceDefaults.Jobs;
using Microsoft.Extensions.Options;

namespace LlmGateway.Api.Jobs;

/// <summary>One job of the caller's: <c>GET</c> and <c>DELETE /v1/…/jobs/{id}</c>.</summary>
internal sealed partial class JobEndpoint(JobServices jobs, JobEstimates estimates, HeldAnswers answers, IOptions<JobOptions> options, ILogger<JobEndpoint> logger)
{
    private readonly JobOptions _options = options.Value;

    public Task GetAsync(HttpContext context, JobKind kind) => RunAsync(context, kind, GetAsync);

    public Task CancelAsync(HttpContext context, JobKind kind) => RunAsync(context, kind, CancelAsync);

    private async Task RunAsync(HttpContext context, JobKind kind, Func<HttpContext, JobKind, IJobStore, string, ValueTask<GatewayError?>> handle)
    {
        GatewayError? error;
        try
        {
            var id = (string?)context.Request.RouteValues["id"];
            error = jobs.Store is not { } store ? JobAnswer.NoStore
                : JobIds.IsPossible(id) ? await handle(context, kind, store, id!)
                : JobAnswer.NotFound;
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

    private async ValueTask<GatewayError?> GetAsync(HttpContext context, JobKind kind, IJobStore store, string id)
    {
        var job = await store.FindWholeAsync(id, KeyOf(context), withEvents: false, context.RequestAborted);
        if (job is null || job.Kind != kind)
        {
            return JobAnswer.NotFound;
        }

        var position = job.Status == JobStatus.Queued ? await store.PositionAsync(id, context.RequestAborted) : null;
        TimeSpan? estimate = position is { } place ? await estimates.EstimateAsync(kind, place, context.RequestAborted) : null;
        await answers.SendAsync(
            context, job.Result?.Length ?? 0, (job, position, estimate, _options),
            static (c, s) => JobAnswer.SendAsync(c, StatusCodes.Status200OK, s.job, s.position, s.estimate, s._options));
        return null;
    }

    private async ValueTask<GatewayError?> CancelAsync(HttpContext context, JobKind kind, IJobStore store, string id)
    {
        var key = KeyOf(context);
        // Before it is cancelled, because a batch is not cancelled here.
        if (await store.FindAsync(id, key, context.RequestAborted) is not { } found || found.Kind != kind
            || await store.CancelAsync(id, key, context.RequestAborted) is not { } job)
        {
            return JobAnswer.NotFound;
        }

        if (job.HasEnded && job.Status != JobStatus.Cancelled)
        {
            return new GatewayError(GatewayErrorCode.Conflict, $"The job has ended already: it is {Name(job.Status)}.");
        }

        _ = NotifyAsync(id);
        await JobAnswer.SendAsync(
            context, job.HasEnded ? StatusCodes.Status200OK : StatusCodes.Status202Accepted, job, position: null, estimate: null, _options);
        return null;
    }

    /// <summary>Who follows the job hears of it. The answer does not wait for that: who is not told looks by himself.</summary>
    private async Task NotifyAsync(string id)
    {
        try
        {
            if (jobs.Events is { } events)
            {
                await events.NotifyAsync(id, CancellationToken.None);
            }
        }
        catch (JobLogUnavailableException e)
        {
            LogNotTold(id, e.Message);
        }
        catch (Exception e)
        {
            Defects.Note(logger, e);
            LogFailed(e, id);
        }
    }

    private static string KeyOf(HttpContext context) => context.Features.Get<Caller>()!.KeyId;

    private static string Name(JobStatus status) => status switch
    {
        JobStatus.Completed => "completed",
        JobStatus.Failed => "failed",
        _ => "expired",
    };

    [LoggerMessage(LogLevel.Debug, "Who follows job {Job} was not told that it is cancelled: {Reason}")]
    private partial void LogNotTold(string job, string reason);

    [LoggerMessage(LogLevel.Error, "Who follows job {Job} could not be told that it is cancelled")]
    private partial void LogFailed(Exception e, string job);
}
