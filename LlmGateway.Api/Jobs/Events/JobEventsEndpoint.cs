using LlmGateway.Api.Errors;
using LlmGateway.Api.Hosting;
using LlmGateway.Api.Streaming;
using LlmGateway.Contracts.Jobs;
using LlmGateway.Core.Pipeline;
using LlmGateway.Data.Jobs;
using Microsoft.Extensions.Options;

namespace LlmGateway.Api.Jobs.Events;

/// <summary><c>GET /v1/…/jobs/{id}/events</c>: what happens to a job of the caller's, as server-sent events, from any event on.</summary>
internal sealed class JobEventsEndpoint(
    JobServices jobs, JobWatcher watcher, EndedJobs ended, IOptions<ServerOptions> server, IOptions<JobOptions> options, TimeProvider time,
    IHostApplicationLifetime lifetime)
{
    public async Task HandleAsync(HttpContext context, JobKind kind)
    {
        if (jobs.Store is not { } store)
        {
            await ErrorResponse.WriteAsync(context, JobAnswer.NoStore);
            return;
        }

        if (ResumePoint.Read(context.Request, out var point) is { } mistake)
        {
            await ErrorResponse.WriteAsync(context, mistake);
            return;
        }

        Job? job;
        long? position = null;
        try
        {
            job = await FindAsync(store, context, kind);
            if (job is { Status: JobStatus.Queued } && !point.HasSeenEnd)
            {
                position = await store.PositionAsync(job.Id, context.RequestAborted);
            }
        }
        catch (StoreUnavailableException)
        {
            await ErrorResponse.WriteAsync(context, JobAnswer.StoreAway);
            return;
        }

        if (job is null)
        {
            await ErrorResponse.WriteAsync(context, JobAnswer.NotFound);
        }
        else if (point.HasSeenEnd)
        {
            // Tells an EventSource not to come again.
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        }
        else
        {
            await FollowAsync(store, context, job, position, point.After);
        }
    }

    private static async Task<Job?> FindAsync(IJobStore store, HttpContext context, JobKind kind)
    {
        var id = (string?)context.Request.RouteValues["id"];
        if (!JobIds.IsPossible(id))
        {
            return null;
        }

        var job = await store.FindAsync(id!, context.Features.Get<Caller>()!.KeyId, context.RequestAborted);
        return job?.Kind == kind ? job : null;
    }

    private async Task FollowAsync(IJobStore rows, HttpContext context, Job job, long? position, JobEventId after)
    {
        SseHeaders.Set(context);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        using var keepAlive = new StreamKeepAlive(context.Response.BodyWriter, time, server.Value.StreamKeepAlive);
        var output = new JobEventWriter(context.Response.BodyWriter, keepAlive, options.Value, stop.Token);
        var follower = new JobFollower(output, (id, token) => ended.ReadAsync(rows, id, token), jobs.Events, time, stop.Token);
        try
        {
            // An id of an attempt that has not begun is none of ours.
            await follower.RunAsync(
                watcher, new JobState(job.Id, job.Status, job.Attempt, job.Progress), position, after.Attempt > job.Attempt ? JobEventId.None : after);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The client has gone, or comes again to another replica.
        }
    }
}
