using System.Diagnostics.CodeAnalysis;
using LlmGateway.Core.Errors;
using LlmGateway.Data.Jobs;

namespace LlmGateway.Worker.Jobs;

/// <summary>Knows how to do jobs of one kind.</summary>
internal interface IJobHandler
{
    JobKind Kind { get; }

    /// <summary>
    /// Does the job. Ends soon after <see cref="RunningJob.Stop"/> has fired, and may then give back anything: the reason for the stop
    /// decides. Failures are outcomes; an exception counts as a failed attempt.
    /// </summary>
    Task<JobOutcome> RunAsync(RunningJob job);
}

/// <summary>What became of an attempt.</summary>
internal abstract record JobOutcome
{
    /// <summary>The job has ended for good.</summary>
    public sealed record Ended(JobEnd End) : JobOutcome;

    /// <summary>The attempt failed, and another may succeed.</summary>
    /// <param name="Error">Why.</param>
    /// <param name="End">How the job ends when that was the last attempt.</param>
    public sealed record Failed(GatewayError Error, JobEnd End) : JobOutcome
    {
        /// <summary>No model was asked, since all that could be are away or full: the job is as good as before.</summary>
        public bool WasRefused { get; init; }
    }
}

/// <summary>Why a job is to stop before it is done.</summary>
internal enum StopReason
{
    None,

    /// <summary>Its client cancelled it.</summary>
    Cancelled,

    /// <summary>The lease is lost: somebody else runs it, and nothing may be written any more.</summary>
    LeaseLost,

    /// <summary>This worker is shutting down and hands it back.</summary>
    Shutdown,

    /// <summary>It has run longer than an attempt may.</summary>
    TimedOut,
}

/// <summary>A job in the hands of this worker.</summary>
/// <param name="row">The job as it was claimed.</param>
/// <param name="lease">The claim.</param>
[SuppressMessage("Reliability", "CA1001", Justification = "It owns no timer and no handle, and who looks after jobs may ask one to stop that has just ended.")]
internal sealed class RunningJob(Job row, JobLease lease)
{
    private readonly CancellationTokenSource _stop = new();
    private int _reason;
    private double _progress = row.Progress;

    public Job Row { get; } = row;

    public JobLease Lease { get; } = lease;

    /// <summary>Fires when the job is to stop.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>Why <see cref="Stop"/> has fired: the first reason.</summary>
    public StopReason Reason => (StopReason)Volatile.Read(ref _reason);

    /// <summary>From 0 to 1; stored with the next renewal of the lease.</summary>
    public double Progress
    {
        get => Volatile.Read(ref _progress);
        set => Volatile.Write(ref _progress, Math.Clamp(value, 0, 1));
    }

    /// <summary>The model that the job reached, as its provider knows it, for metrics: what clients name would make endless series. Null for a batch.</summary>
    public string? ServedBy { get; set; }

    public void RequestStop(StopReason reason)
    {
        if (Interlocked.CompareExchange(ref _reason, (int)reason, (int)StopReason.None) == (int)StopReason.None)
        {
            // Not on the caller's thread: it looks after all jobs.
            _ = _stop.CancelAsync();
        }
    }
}
