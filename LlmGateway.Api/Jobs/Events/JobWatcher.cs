using LlmGateway.Contracts.Failures;
using LlmGateway.Data.Jobs;

namespace LlmGateway.Api.Jobs.Events;

/// <summary>
/// Looks at the rows of all jobs that somebody follows here, in one question for all of them: every second, and sooner at those of which
/// there is news. However many follow, the database has no more to do than that.
/// </summary>
internal sealed partial class JobWatcher(TimeProvider time, ILogger<JobWatcher> logger, IJobStore? store = null) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>However much news there is, the rows are looked at this often at most.</summary>
    private static readonly TimeSpan ShortestInterval = TimeSpan.FromMilliseconds(50);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, List<FollowedJob>> _followed = new(StringComparer.Ordinal);
    private readonly HashSet<string> _news = new(StringComparer.Ordinal);
    private readonly FollowSignal _wake = new();
    private bool _failing;

    /// <summary>Jobs that are followed.</summary>
    internal int Count
    {
        get
        {
            lock (_gate)
            {
                return _followed.Count;
            }
        }
    }

    /// <summary>Keeps the state up to date and calls <paramref name="changed"/> after each change, until the result is disposed.</summary>
    public FollowedJob Follow(JobState state, Action changed)
    {
        var job = new FollowedJob(this, state, changed);
        lock (_gate)
        {
            if (!_followed.TryGetValue(state.Id, out var followers))
            {
                _followed[state.Id] = followers = [];
            }

            followers.Add(job);
        }

        _wake.Set();
        return job;
    }

    /// <summary>There may be news of the job.</summary>
    internal void LookSoon(string id)
    {
        lock (_gate)
        {
            if (!_followed.ContainsKey(id) || !_news.Add(id))
            {
                return;
            }
        }

        _wake.Set();
    }

    internal void Leave(FollowedJob job)
    {
        lock (_gate)
        {
            if (_followed.TryGetValue(job.Id, out var followers) && followers.Remove(job) && followers.Count == 0)
            {
                _followed.Remove(job.Id);
                _news.Remove(job.Id);
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (store is null)
        {
            return;
        }

        using var stop = stoppingToken.Register(_wake.Set);
        var lastWhole = time.GetTimestamp();
        while (!stoppingToken.IsCancellationRequested)
        {
            if (Count == 0)
            {
                await _wake.WaitAsync();
                continue;
            }

            await Task.Delay(ShortestInterval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await _wake.WaitAsync(Interval - time.GetElapsedTime(lastWhole), time);
            var isWhole = time.GetElapsedTime(lastWhole) >= Interval;
            lastWhole = isWhole ? time.GetTimestamp() : lastWhole;
            await LookAsync(store, isWhole, stoppingToken);
        }
    }

    private async Task LookAsync(IJobStore rows, bool isWhole, CancellationToken cancellationToken)
    {
        // Only those that follow now are told: who comes while the question is under way has a newer answer already.
        var asked = new Dictionary<string, FollowedJob[]>(StringComparer.Ordinal);
        lock (_gate)
        {
            foreach (var id in isWhole ? _followed.Keys : (IEnumerable<string>)_news)
            {
                asked[id] = [.. _followed[id]];
            }

            _news.Clear();
        }

        if (asked.Count == 0)
        {
            return;
        }

        try
        {
            var states = await rows.StatesAsync(asked.Keys, cancellationToken);
            foreach (var state in states)
            {
                if (asked.Remove(state.Id, out var followers))
                {
                    Array.ForEach(followers, follower => follower.Update(state));
                }
            }

            foreach (var followers in asked.Values)
            {
                Array.ForEach(followers, follower => follower.Update(null));
            }

            NoteSuccess();
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // Whoever follows goes on with what is known; the next look is a second away.
            if (!Defects.Note(logger, e))
            {
                NoteFailure(e);
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }

    private void NoteSuccess()
    {
        if (_failing)
        {
            _failing = false;
            LogBack();
        }
    }

    private void NoteFailure(Exception e)
    {
        if (!_failing)
        {
            _failing = true;
            LogAway(e.Message);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Jobs that are followed cannot be looked at: {Reason}")]
    private partial void LogAway(string reason);

    [LoggerMessage(LogLevel.Information, "Jobs that are followed can be looked at again")]
    private partial void LogBack();
}
