using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace LlmGateway.ServiceDefaults.Jobs;

/// <summary>Who in this process wants to hear of which job.</summary>
internal sealed class JobWatchers
{
    private readonly ConcurrentDictionary<string, ImmutableArray<Watcher>> _watchers = new(StringComparer.Ordinal);

    /// <summary>Jobs that are watched.</summary>
    public int Count => _watchers.Count;

    public IDisposable Add(string jobId, Action changed)
    {
        var watcher = new Watcher(this, jobId, changed);
        _watchers.AddOrUpdate(jobId, static (_, added) => [added], static (_, there, added) => there.Add(added), watcher);
        return watcher;
    }

    public void Wake(string jobId)
    {
        if (_watchers.TryGetValue(jobId, out var watching))
        {
            foreach (var watcher in watching)
            {
                watcher.Wake();
            }
        }
    }

    public void WakeAll()
    {
        foreach (var jobId in _watchers.Keys)
        {
            Wake(jobId);
        }
    }

    private void Remove(Watcher watcher)
    {
        while (_watchers.TryGetValue(watcher.JobId, out var there))
        {
            var left = there.Remove(watcher);
            // Only if nobody has come or gone meanwhile.
            if (left.IsEmpty ? _watchers.TryRemove(KeyValuePair.Create(watcher.JobId, there)) : _watchers.TryUpdate(watcher.JobId, left, there))
            {
                return;
            }
        }
    }

    private sealed class Watcher(JobWatchers all, string jobId, Action changed) : IDisposable
    {
        private int _disposed;

        public string JobId => jobId;

        public void Wake()
        {
            if (Volatile.Read(ref _disposed) == 0)
            {
                changed();
            }
        }

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0)
            {
                all.Remove(this);
            }
        }
    }
}
