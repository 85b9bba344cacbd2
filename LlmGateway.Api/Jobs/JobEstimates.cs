using LlmGateway.Data.Jobs;

namespace LlmGateway.Api.Jobs;

/// <summary>How long jobs will wait, from how fast the queues have been of late. Who asks often costs the database no more.</summary>
internal sealed class JobEstimates(TimeProvider time, IJobStore? store = null)
{
    /// <summary>How long a queue's pace is taken for true.</summary>
    private static readonly TimeSpan Remembered = TimeSpan.FromSeconds(5);

    private readonly Reading?[] _readings = new Reading?[Enum.GetValues<JobKind>().Length];

    /// <summary>Until a job at this place of its queue will have been done; null when nothing is known.</summary>
    /// <exception cref="StoreUnavailableException">The database did not answer.</exception>
    public async ValueTask<TimeSpan?> EstimateAsync(JobKind kind, long position, CancellationToken cancellationToken)
    {
        var pace = await PaceAsync(kind, cancellationToken);
        return pace.Ended > 0
            ? TimeSpan.FromSeconds(Math.Min((position + 1) * pace.MeanSeconds / Math.Max(1, pace.Running), TimeSpan.MaxValue.TotalSeconds / 2))
            : null;
    }

    private async ValueTask<JobPace> PaceAsync(JobKind kind, CancellationToken cancellationToken)
    {
        ref var place = ref _readings[(int)kind];
        var known = Volatile.Read(ref place);
        if (known is null || time.GetElapsedTime(known.At) >= Remembered || known.Pace.IsFaulted || known.Pace.IsCanceled)
        {
            var asking = new TaskCompletionSource<JobPace>(TaskCreationOptions.RunContinuationsAsynchronously);
            var mine = new Reading(time.GetTimestamp(), asking.Task);
            var before = Interlocked.CompareExchange(ref place, mine, known);
            known = before == known ? mine : before!;
            if (known == mine)
            {
                _ = AskAsync(kind, asking);
            }
        }

        return await known.Pace.WaitAsync(cancellationToken);
    }

    /// <summary>On behalf of all who wait, so one that leaves does not stop it; the store bounds it.</summary>
    private async Task AskAsync(JobKind kind, TaskCompletionSource<JobPace> answer)
    {
        try
        {
            answer.SetResult(await store!.PaceAsync(kind, CancellationToken.None));
        }
        catch (Exception e)
        {
            answer.SetException(e);
            _ = answer.Task.Exception;
        }
    }

    private sealed record Reading(long At, Task<JobPace> Pace);
}
