using System.Collections.Frozen;
using LlmGateway.Core.Routing;
using LlmGateway.Data.Jobs;
using LlmGateway.Worker.Batches;
using Microsoft.Extensions.Options;

namespace LlmGateway.Worker.Jobs;

/// <summary>Has jobs run, at most so many of a kind at once, from the moment when the models are known until the worker is to stop.</summary>
internal sealed class JobSlots(JobClaims claims, JobProcessor processor, ModelDirectory models, IOptions<JobProcessingOptions> options, IOptions<BatchOptions> batches, TimeProvider time)
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(100);

    // Not disposed: they own no wait handle, and a job may end after the host has.
    private readonly FrozenDictionary<JobKind, SemaphoreSlim> _places = Enum.GetValues<JobKind>().ToFrozenDictionary(
        kind => kind, kind => new SemaphoreSlim(PlacesOf(kind, options.Value, batches.Value)));

    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _closed;

    /// <summary>Whether a job runs, or is about to.</summary>
    public bool AreBusy => _places.Any(places => places.Value.CurrentCount < PlacesOf(places.Key, options.Value, batches.Value));

    /// <summary>How many jobs of a kind this process runs at once.</summary>
    public static int PlacesOf(JobKind kind, JobProcessingOptions options, BatchOptions batches) => kind switch
    {
        JobKind.Batch => batches.Enabled ? options.BatchConcurrency : 0,
        _ => options.Concurrency,
    };

    /// <summary>
    /// No job is started from now on. Hints are held until <see cref="Finish"/>: whoever took them and did nothing would take them from workers
    /// that have places.
    /// </summary>
    public void Close() => _closed = true;

    /// <summary>Lets go of the hints that were held since <see cref="Close"/>.</summary>
    public void Finish() => _over.TrySetResult();

    /// <summary>Waits for a place, claims a job and does it. Returns when it is done, or at once when none is due.</summary>
    /// <returns>Whether there was one.</returns>
    public async Task<bool> RunNextAsync(JobKind kind, CancellationToken cancellationToken)
    {
        if (await ClaimAsync(kind, cancellationToken) is not { } job)
        {
            return false;
        }

        await RunAsync(kind, job);
        return true;
    }

    /// <summary>The same, but returns as soon as the job has been started.</summary>
    public async Task<bool> StartNextAsync(JobKind kind, CancellationToken cancellationToken)
    {
        if (await ClaimAsync(kind, cancellationToken) is not { } job)
        {
            return false;
        }

        _ = Task.Run(() => RunAsync(kind, job), CancellationToken.None);
        return true;
    }

    /// <returns>A job with its place, or null and no place.</returns>
    private async Task<RunningJob?> ClaimAsync(JobKind kind, CancellationToken cancellationToken)
    {
        var job = await ClaimWhileOpenAsync(kind, cancellationToken);
        if (job is null && _closed)
        {
            await _over.Task.WaitAsync(cancellationToken);
        }

        return job;
    }

    private async Task<RunningJob?> ClaimWhileOpenAsync(JobKind kind, CancellationToken cancellationToken)
    {
        await _places[kind].WaitAsync(cancellationToken);
        RunningJob? job = null;
        try
        {
            // A model that is not known yet would look like one that does not exist.
            while (!models.IsReady && !_closed)
            {
                await Task.Delay(LookAgain, time, cancellationToken);
            }

            job = _closed ? null : await claims.ClaimAsync(kind);
            if (_closed)
            {
                // It came too late to be begun, and goes back as it is.
                job?.RequestStop(StopReason.Shutdown);
            }

            return job;
        }
        finally
        {
            if (job is null)
            {
                _places[kind].Release();
            }
        }
    }

    private async Task RunAsync(JobKind kind, RunningJob job)
    {
        try
        {
            await processor.RunAsync(job);
        }
        finally
        {
            _places[kind].Release();
        }
    }
}
