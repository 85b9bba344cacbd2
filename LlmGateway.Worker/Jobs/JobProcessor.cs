using System.Collections.Frozen;
using System.Diagnostics;
using LlmGateway.Contracts.Failures;
using LlmGateway.Core.Telemetry;
using LlmGateway.Data.Jobs;
using LlmGateway.Worker.Telemetry;

namespace LlmGateway.Worker.Jobs;

/// <summary>Does jobs that were claimed, and has what became of them written.</summary>
internal sealed partial class JobProcessor(
    IEnumerable<IJobHandler> handlers, LeaseKeeper keeper, JobSettler settler, WorkerMetrics metrics, ILogger<JobProcessor> logger)
{
    private readonly FrozenDictionary<JobKind, IJobHandler> _handlers = handlers.ToFrozenDictionary(handler => handler.Kind);

    /// <summary>Does a claimed job to its end, whatever that is. Never throws.</summary>
    public async Task RunAsync(RunningJob job)
    {
        var started = Stopwatch.GetTimestamp();
        using var activity = StartActivity(job);
        var ended = SettledAs.Nothing;
        try
        {
            var outcome = await HandleAsync(job);
            ended = await settler.SettleAsync(job, outcome);
        }
        catch (Exception e)
        {
            // Its lease runs out, and the sweeper takes it back.
            Defects.Note(logger, e);
            LogUnsettled(e, job.Row.Id);
        }
        finally
        {
            keeper.Remove(job);
        }

        activity?.SetTag("llm_gateway.job.outcome", ended.ToString());
        metrics.Count(job, ended, Stopwatch.GetElapsedTime(started));
        LogEnded(job.Row.Id, job.Lease.Attempt, ended);
    }

    private async Task<JobOutcome> HandleAsync(RunningJob job)
    {
        try
        {
            return await _handlers[job.Row.Kind].RunAsync(job);
        }
        catch (Exception e)
        {
            if (!job.Stop.IsCancellationRequested)
            {
                Defects.Note(logger, e);
                LogFailed(e, job.Row.Id);
            }

            return JobOutcomes.Defect();
        }
    }

    /// <summary>The span of the run continues the trace of whoever submitted the job; the hint that led to it is linked.</summary>
    private static Activity? StartActivity(RunningJob job)
    {
        var hint = Activity.Current;
        if (!ActivityContext.TryParse(job.Row.TraceParent, null, isRemote: true, out var submitted))
        {
            submitted = hint?.Context ?? default;
        }

        // Within the hint's own trace the run stands below the hint, which the broker and the bus lie before.
        var parent = hint is not null && hint.TraceId == submitted.TraceId ? hint.Context : submitted;
        var activity = GatewayTelemetry.Source.StartActivity(
            $"job {job.Row.Queue}", ActivityKind.Consumer, parent, links: hint is null || hint.TraceId == submitted.TraceId ? null : [new ActivityLink(hint.Context)]);
        return activity?.SetTag("llm_gateway.job.id", job.Row.Id).SetTag("llm_gateway.job.attempt", job.Lease.Attempt);
    }

    [LoggerMessage(LogLevel.Error, "Job {JobId} failed by a defect")]
    private partial void LogFailed(Exception exception, string jobId);

    [LoggerMessage(LogLevel.Error, "What became of job {JobId} could not be written")]
    private partial void LogUnsettled(Exception exception, string jobId);

    [LoggerMessage(LogLevel.Debug, "Job {JobId}, attempt {Attempt}: {Outcome}")]
    private partial void LogEnded(string jobId, int attempt, SettledAs outcome);
}
