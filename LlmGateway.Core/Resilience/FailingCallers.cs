using System.Collections.Concurrent;

namespace LlmGateway.Core.Resilience;

/// <summary>Callers whose last call to one target failed by the target's fault, within a time.</summary>
internal sealed class FailingCallers(TimeSpan memory, TimeProvider time)
{
    /// <summary>More than this say no more than this.</summary>
    private const int Most = 64;

    private readonly ConcurrentDictionary<string, long> _callers = new(StringComparer.Ordinal);

    /// <summary>Answers must not ask the dictionary, which takes its locks to say that it is empty.</summary>
    private volatile bool _isAny;

    public bool AreSeveral => _isAny && _callers.Count(IsFresh) > 1;

    public bool Contains(string caller) => _isAny && _callers.TryGetValue(caller, out var at) && IsFresh(new(caller, at));

    public void Add(string caller)
    {
        if (_callers.Count >= Most && !_callers.ContainsKey(caller))
        {
            foreach (var old in _callers.Where(entry => !IsFresh(entry)))
            {
                _callers.TryRemove(old);
            }

            if (_callers.Count >= Most)
            {
                return;
            }
        }

        _callers[caller] = time.GetTimestamp();
        _isAny = true;
    }

    public void Remove(string caller)
    {
        if (_isAny)
        {
            _callers.TryRemove(caller, out _);
        }
    }

    private bool IsFresh(KeyValuePair<string, long> entry) => time.GetElapsedTime(entry.Value) < memory;
}
