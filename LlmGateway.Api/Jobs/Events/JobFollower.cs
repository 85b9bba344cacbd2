using LlmGateway.Contracts.Jobs;
using LlmGateway.Data.Jobs;
using LlmGateway.ServiceDefaults.Jobs;

namespace LlmGateway.Api.Jobs.Events;

/// <summary>
/// Tells one client what happens to a job, each event once and in order. The row is the truth: while the job runs the log says more and
/// sooner, and whatever it lost is made up for from the row when the job has ended.
/// </summary>
/// <param name="output">The client.</param>
/// <param name="rows">Where the ended job is read, with its events.</param>
/// <param name="log">What a running job says; null when nobody keeps that.</param>
/// <param name="time">The clock.</param>
/// <param name="stop">Fires when the client has gone, or the host stops.</param>
internal sealed class JobFollower(JobEventWriter output, Func<string, CancellationToken, Task<EndedJob?>> rows, IJobEventLog? log, TimeProvider time, CancellationToken stop)
{
    private const int MostEventsAtOnce = 256;

    /// <summary>Without news the log is looked at this often, as word of them can get lost.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>After events came, the silence after which the job may have ended.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(200);

    private readonly FollowSignal _signal = new();
    private JobEventId _last;
    private int _heard;

    /// <summary>Follows the job to its end.</summary>
    /// <param name="watcher">Who looks at its row.</param>
    /// <param name="state">How it stands.</param>
    /// <param name="position">Jobs before it.</param>
    /// <param name="after">What the client has seen.</param>
    public async Task RunAsync(JobWatcher watcher, JobState state, long? position, JobEventId after)
    {
        _last = after;
        using var stopping = stop.Register(_signal.Set);
        using var followed = watcher.Follow(state, _signal.Set);
        using var watch = log?.Watch(state.Id, Hear);
        await output.TakeAsync();
        output.WriteStatus(state, position);
        if (!await output.FlushAsync())
        {
            return;
        }

        await FollowAsync(followed, state);
    }

    private async Task FollowAsync(FollowedJob followed, JobState told)
    {
        var look = false;
        // A job that has been deleted says no more.
        while (followed.State is { } state)
        {
            if (HasEnded(state))
            {
                if (!await EndAsync(followed))
                {
                    return;
                }
            }
            else
            {
                if ((state.Status != told.Status || state.Progress != told.Progress) && !await TellAsync(state))
                {
                    return;
                }

                told = state;
                var heard = Interlocked.Exchange(ref _heard, 0) != 0;
                if (await CopyAsync(state, heard) is not { } news)
                {
                    return;
                }

                // Word that brings no event is of the row, and behind the last event there may have been such word too.
                look |= heard || news;
                if (look && !news)
                {
                    look = false;
                    followed.LookSoon();
                }
            }

            if (stop.IsCancellationRequested)
            {
                return;
            }

            await _signal.WaitAsync(look ? Silence : Interval, time);
        }
    }

    private async Task<bool> TellAsync(JobState state)
    {
        await output.TakeAsync();
        output.WriteStatus(state, null);
        return await output.FlushAsync();
    }

    /// <summary>Sends what the log has.</summary>
    /// <returns>Whether there was anything; null when the client has gone.</returns>
    private async Task<bool?> CopyAsync(JobState state, bool heard)
    {
        if (log is null || (state.Attempt == 0 && !heard))
        {
            return false;
        }

        var any = false;
        while (true)
        {
            IReadOnlyList<JobEvent> events;
            try
            {
                events = await log.ReadAsync(state.Id, _last, MostEventsAtOnce, stop);
            }
            catch (JobLogUnavailableException)
            {
                // The row is enough.
                return any;
            }

            var before = _last;
            if (!await SendAsync(events.Select(e => (e.Id, e.Document)), state.Attempt))
            {
                return null;
            }

            any |= _last != before;
            if (events.Count < MostEventsAtOnce || _last == before)
            {
                return any;
            }
        }
    }

    /// <summary>Sends what the ended job's row has beyond what the client has seen, and the end.</summary>
    /// <returns>Whether there is reason to go on: the row could not be read, or the job has been taken up again.</returns>
    private async Task<bool> EndAsync(FollowedJob followed)
    {
        EndedJob? ended;
        try
        {
            ended = await rows(followed.Id, stop);
        }
        catch (StoreUnavailableException)
        {
            return true;
        }

        if (ended is null)
        {
            return false;
        }

        var job = ended.Job;
        if (!job.HasEnded)
        {
            followed.LookSoon();
            return true;
        }

        // The last use of it: a client that has all events and reads its end slowly does not hold them.
        if (!await SendAsync(Missing(ended), job.Attempt))
        {
            return false;
        }

        await output.TakeAsync();
        output.WriteEnd(job);
        // The pen is kept: nothing comes after it.
        await output.EndAsync();
        return false;
    }

    /// <summary>What the client has not seen. The number it names may be any.</summary>
    private IEnumerable<(JobEventId Id, ReadOnlyMemory<byte> Document)> Missing(EndedJob ended)
    {
        var (attempt, events) = (ended.Job.Attempt, ended.Events);
        var first = _last.Attempt == attempt ? (int)Math.Min(_last.Sequence + 1L, events.Count) : 0;
        return first == events.Count ? [] : Enumerable.Range(first, events.Count - first).Select(i => (new JobEventId(attempt, i), (ReadOnlyMemory<byte>)events[i]));
    }

    /// <summary>Sends events as far as each follows the one before: never one twice, never one too early, none of an attempt that is over.</summary>
    /// <returns>False when the client has gone.</returns>
    private async Task<bool> SendAsync(IEnumerable<(JobEventId Id, ReadOnlyMemory<byte> Document)> events, int attempt)
    {
        var writing = false;
        foreach (var (id, document) in events)
        {
            var follows = id.Attempt == _last.Attempt
                ? id.Sequence == _last.Sequence + 1L
                : id.Sequence == 0 && id.Attempt > _last.Attempt && id.Attempt >= attempt;
            if (!follows)
            {
                break;
            }

            if (!writing)
            {
                await output.TakeAsync();
                writing = true;
            }

            output.Write(id, document.Span);
            _last = id;
            if (output.Pending >= JobEventWriter.MostAtOnce)
            {
                writing = false;
                if (!await output.FlushAsync())
                {
                    return false;
                }
            }
        }

        return !writing || await output.FlushAsync();
    }

    private void Hear()
    {
        Volatile.Write(ref _heard, 1);
        _signal.Set();
    }

    private static bool HasEnded(JobState state) => state.Status is not (JobStatus.Queued or JobStatus.Running);
}
