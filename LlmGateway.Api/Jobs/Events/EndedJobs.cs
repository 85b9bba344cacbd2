using System.Collections.Concurrent;
using LlmGateway.Data.Jobs;

namespace LlmGateway.Api.Jobs.Events;

/// <summary>
/// Reads jobs that have ended, with all they hold, for those who followed them: once for all who ask at the same time, and a few jobs at a
/// time, as they can be large.
/// </summary>
internal sealed class EndedJobs : IDisposable
{
    private const int AtOnce = 8;

    private readonly SemaphoreSlim _room = new(AtOnce, AtOnce);
    private readonly ConcurrentDictionary<string, Lazy<Task<Job?>>> _reading = new(StringComparer.Ordinal);

    /// <summary>The job; null when it is gone. Whose it is has been asked before.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public Task<Job?> ReadAsync(IJobStore store, string id, CancellationToken cancellationToken)
    {
        Lazy<Task<Job?>>? mine = null;
        // On behalf of all who wait, so one that leaves does not stop it; the store bounds it.
        mine = new Lazy<Task<Job?>>(() => ReadOnceAsync(store, id, () => _reading.TryRemove(KeyValuePair.Create(id, mine!))));
        return _reading.GetOrAdd(id, mine).Value.WaitAsync(cancellationToken);
    }

    public void Dispose() => _room.Dispose();

    private async Task<Job?> ReadOnceAsync(IJobStore store, string id, Action done)
    {
        // Off the lazy value's lock.
        await Task.Yield();
        await _room.WaitAsync();
        try
        {
            return await store.FindWholeAsync(id, null, withEvents: true, CancellationToken.None);
        }
        finally
        {
            _room.Release();
            done();
        }
    }
}
