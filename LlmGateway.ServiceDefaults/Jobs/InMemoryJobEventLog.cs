using System.Collections.Concurrent;
using LlmGateway.Contracts.Jobs;
using Microsoft.Extensions.Options;

namespace LlmGateway.ServiceDefaults.Jobs;

/// <summary>The log of a process that is alone: the same rules, without a server.</summary>
internal sealed class InMemoryJobEventLog(IOptions<JobEventLogOptions> options, TimeProvider time) : IJobEventLog, IDisposable
{
    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly JobWatchers _watchers = new();

    /// <summary>Jobs that it holds events of.</summary>
    internal int Count => _entries.Count;

    public ValueTask<int> AppendAsync(
        string jobId, int attempt, int first, IReadOnlyList<ReadOnlyMemory<byte>> events, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        while (true)
        {
            if (!_entries.TryGetValue(jobId, out var entry))
            {
                if (first > 0 || events.Count == 0)
                {
                    return ValueTask.FromResult(0);
                }

                entry = _entries.GetOrAdd(jobId, static (id, log) => new Entry(log, id), this);
            }

            // It may have been dropped meanwhile.
            if (entry.TryAppend(attempt, first, events, out var next, out var added))
            {
                if (added)
                {
                    _watchers.Wake(jobId);
                }

                return ValueTask.FromResult(next);
            }
        }
    }

    public ValueTask<IReadOnlyList<JobEvent>> ReadAsync(string jobId, JobEventId after, int limit, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(_entries.TryGetValue(jobId, out var entry) ? entry.Read(after, limit) : []);
    }

    public ValueTask NotifyAsync(string jobId, CancellationToken cancellationToken)
    {
        _watchers.Wake(jobId);
        return ValueTask.CompletedTask;
    }

    public IDisposable Watch(string jobId, Action changed) => _watchers.Add(jobId, changed);

    public ValueTask ForgetAsync(string jobId, TimeSpan delay, CancellationToken cancellationToken)
    {
        if (_entries.TryGetValue(jobId, out var entry))
        {
            entry.DropAfter(delay);
        }

        return ValueTask.CompletedTask;
    }

    public void Dispose()
    {
        foreach (var entry in _entries.Values)
        {
            entry.Drop();
        }
    }

    private sealed class Entry
    {
        private readonly InMemoryJobEventLog _log;
        private readonly string _jobId;
        private readonly Lock _gate = new();
        private readonly List<byte[]> _events = [];
        private readonly ITimer _timer;
        private int _attempt;
        private bool _dropped;

        public Entry(InMemoryJobEventLog log, string jobId)
        {
            _log = log;
            _jobId = jobId;
            _timer = log.TimeOf(this);
        }

        public bool TryAppend(int attempt, int first, IReadOnlyList<ReadOnlyMemory<byte>> events, out int next, out bool added)
        {
            lock (_gate)
            {
                added = false;
                next = attempt == _attempt ? _events.Count : 0;
                if (_dropped)
                {
                    return false;
                }

                if (attempt < _attempt)
                {
                    next = -1;
                    return true;
                }

                if (first > next || first + events.Count <= next)
                {
                    return true;
                }

                if (attempt > _attempt)
                {
                    _attempt = attempt;
                    _events.Clear();
                }

                for (var i = next - first; i < events.Count; i++)
                {
                    // The caller may use its memory again.
                    _events.Add(events[i].ToArray());
                }

                added = true;
                next = _events.Count;
                _timer.Change(_log.TimeToLive, Timeout.InfiniteTimeSpan);
                return true;
            }
        }

        public IReadOnlyList<JobEvent> Read(JobEventId after, int limit)
        {
            lock (_gate)
            {
                var from = after.Attempt == _attempt ? after.Sequence + 1L : 0;
                var found = new List<JobEvent>();
                for (var i = Math.Max(from, 0); i < _events.Count && found.Count < limit; i++)
                {
                    found.Add(new JobEvent(new JobEventId(_attempt, (int)i), _events[(int)i]));
                }

                return found;
            }
        }

        public void DropAfter(TimeSpan delay)
        {
            if (delay <= TimeSpan.Zero)
            {
                Drop();
                return;
            }

            lock (_gate)
            {
                if (!_dropped)
                {
                    _timer.Change(delay, Timeout.InfiniteTimeSpan);
                }
            }
        }

        public void Drop()
        {
            lock (_gate)
            {
                _dropped = true;
            }

            _log._entries.TryRemove(KeyValuePair.Create(_jobId, this));
            _timer.Dispose();
        }
    }

    private TimeSpan TimeToLive => options.Value.TimeToLive;

    private ITimer TimeOf(Entry entry) =>
        time.CreateTimer(static state => ((Entry)state!).Drop(), entry, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
}
