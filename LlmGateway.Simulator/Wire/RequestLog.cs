using System.Collections.Concurrent;

namespace LlmGateway.Simulator.Wire;

/// <summary>The last requests, and counters over all of them.</summary>
public sealed class RequestLog(int capacity)
{
    private readonly Lock _gate = new();
    private readonly Queue<RecordedRequest> _requests = new();
    private readonly ConcurrentDictionary<string, StatCounters> _perModel = new(StringComparer.Ordinal);
    private StatCounters _total = new();

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<RecordedRequest> Requests
    {
        get
        {
            lock (_gate) return [.. _requests];
        }
    }

    public SimulatorStats Stats => new(
        Volatile.Read(ref _total).Snapshot(),
        _perModel.OrderBy(p => p.Key, StringComparer.Ordinal).ToDictionary(p => p.Key, p => p.Value.Snapshot(), StringComparer.Ordinal));

    /// <summary>Forgets requests and zeroes counters; requests under way are no longer counted when they end.</summary>
    public void Clear()
    {
        lock (_gate) _requests.Clear();
        _perModel.Clear();
        Volatile.Write(ref _total, new StatCounters());
    }

    internal StatCounters Total => Volatile.Read(ref _total);

    internal StatCounters Of(string model) => _perModel.GetOrAdd(model, static _ => new StatCounters());

    internal void Add(RecordedRequest request)
    {
        lock (_gate)
        {
            _requests.Enqueue(request);
            while (_requests.Count > capacity) _requests.Dequeue();
        }
    }
}

public sealed record SimulatorStats(RequestCounts Total, IReadOnlyDictionary<string, RequestCounts> Models);

/// <param name="Active">Being answered or queued now.</param>
/// <param name="Tokens">Completion tokens sent.</param>
public sealed record RequestCounts(long Active, long Completed, long Aborted, long Faulted, long Tokens);

internal sealed class StatCounters
{
    private long _active;
    private long _completed;
    private long _aborted;
    private long _faulted;
    private long _tokens;

    public void Start() => Interlocked.Increment(ref _active);

    public void Tokens(int count) => Interlocked.Add(ref _tokens, count);

    public void End(RequestOutcome outcome)
    {
        Interlocked.Decrement(ref _active);
        Interlocked.Increment(ref outcome == RequestOutcome.Completed ? ref _completed
            : ref outcome == RequestOutcome.ClientAborted ? ref _aborted : ref _faulted);
    }

    public RequestCounts Snapshot() => new(
        Interlocked.Read(ref _active), Interlocked.Read(ref _completed), Interlocked.Read(ref _aborted), Interlocked.Read(ref _faulted),
        Interlocked.Read(ref _tokens));
}
