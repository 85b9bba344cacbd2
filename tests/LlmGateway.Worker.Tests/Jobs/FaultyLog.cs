using System.Collections.Concurrent;
using LlmGateway.Contracts.Jobs;
using LlmGateway.ServiceDefaults.Jobs;

namespace LlmGateway.Worker.Tests.Jobs;

/// <summary>A live log that a test can take away, empty, or give to another attempt.</summary>
internal sealed class FaultyLog : IJobEventLog
{
    private readonly Lock _gate = new();
    private readonly List<string> _events = [];
    private int _appends;
    private int _failures;

    /// <summary>Every call fails with this.</summary>
    public volatile Exception? Fault;

    /// <summary>A later attempt writes.</summary>
    public volatile bool IsTaken;

    public ConcurrentQueue<string> Notified { get; } = new();

    public ConcurrentQueue<string> Forgotten { get; } = new();

    public int Appends => Volatile.Read(ref _appends);

    /// <summary>Calls that failed.</summary>
    public int Failures => Volatile.Read(ref _failures);

    /// <summary>What the log holds, as text.</summary>
    public string[] Events
    {
        get
        {
            lock (_gate)
            {
                return [.. _events];
            }
        }
    }

    public void LoseEverything()
    {
        lock (_gate)
        {
            _events.Clear();
        }
    }

    public ValueTask<int> AppendAsync(string jobId, int attempt, int first, IReadOnlyList<ReadOnlyMemory<byte>> events, CancellationToken cancellationToken)
    {
        Check();
        lock (_gate)
        {
            _appends++;
            if (IsTaken)
            {
                return ValueTask.FromResult(-1);
            }

            for (var i = _events.Count - first; first <= _events.Count && i < events.Count; i++)
            {
                _events.Add(System.Text.Encoding.UTF8.GetString(events[i].Span));
            }

            return ValueTask.FromResult(_events.Count);
        }
    }

    public ValueTask<IReadOnlyList<JobEvent>> ReadAsync(string jobId, JobEventId after, int limit, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask NotifyAsync(string jobId, CancellationToken cancellationToken)
    {
        Check();
        Notified.Enqueue(jobId);
        return ValueTask.CompletedTask;
    }

    public IDisposable Watch(string jobId, Action changed) => throw new NotSupportedException();

    public ValueTask ForgetAsync(string jobId, TimeSpan delay, CancellationToken cancellationToken)
    {
        Check();
        Forgotten.Enqueue(jobId);
        return ValueTask.CompletedTask;
    }

    private void Check()
    {
        if (Fault is { } fault)
        {
            Interlocked.Increment(ref _failures);
            throw fault;
        }
    }
}
