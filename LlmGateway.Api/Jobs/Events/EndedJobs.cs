using System.Collections.Concurrent;
using LlmGateway.Data.Jobs;

namespace LlmGateway.Api.Jobs.Events;

/// <summary>
/// Reads jobs that have ended, with their events, for those who followed them: once for all who ask at the same time, and a few jobs at a
/// time, as they can be large. All get the same events, so that a thousand slow clients of one job hold them once.
/// </summary>
internal sealed class EndedJobs : IDisposable
{
    private const int AtOnce = 8;

    private readonly SemaphoreSlim _room = new(AtOnce, AtOnce);
    private readonly ConcurrentDictionary<string, Lazy<Task<EndedJob?>>> _reading = new(StringComparer.Ordinal);

    /// <summary>The job; null when it is gone. Whose it is has been asked before.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public Task<EndedJob?> ReadAsync(IJobStore store, string id, CancellationToken cancellationToken)
    {
        Lazy<Task<EndedJob?>>? mine = null;
        // On behalf of all who wait, so one that leaves does not stop it; the store bounds it.
        mine = new Lazy<Task<EndedJob?>>(() => ReadOnceAsync(store, id, () => _reading.TryRemove(KeyValuePair.Create(id, mine!))));
        return _reading.GetOrAdd(id, mine).Value.WaitAsync(cancellationToken);
    }

    public void Dispose() => _room.Dispose();

    private async Task<EndedJob?> ReadOnceAsync(IJobStore store, string id, Action done)
    {
        // Off the lazy value's lock.
        await Task.Yield();
        await _room.WaitAsync();
        try
        {
            if (await store.FindWholeAsync(id, null, withEvents: true, CancellationToken.None) is not { } job)
            {
                return null;
            }

            IReadOnlyList<byte[]> events = job.Events is { } archive ? JobEventArchive.Read(archive) : [];
            // Nobody asks for these any more, and the row lives as long as its slowest reader.
            (job.Result, job.Events) = (null, null);
            return new EndedJob(job, events);
        }
        finally
        {
            _room.Release();
            done();
        }
    }
}

/// <param name="Job">The job without request, result and events.</param>
/// <param name="Events">The documents of the attempt that ended it, the first of which is event 0.</param>
internal sealed record EndedJob(Job Job, IReadOnlyList<byte[]> Events);
