using System.Collections.Concurrent;
using LlmGateway.Contracts.Fleet;

namespace LlmGateway.ServiceDefaults.Fleet;

/// <summary>The fleet of a process that is alone: the same rules, without a server.</summary>
internal sealed class InMemoryFleetStore(TimeProvider time) : IFleetStore
{
    private readonly ConcurrentDictionary<string, (FleetEntry Entry, DateTimeOffset Until)> _entries = new(StringComparer.Ordinal);

    private event Action? Changed;

    public Task PublishAsync(IReadOnlyList<FleetEntry> entries, TimeSpan timeToLive, bool notify, CancellationToken cancellationToken)
    {
        var until = time.GetUtcNow() + timeToLive;
        foreach (var entry in entries)
        {
            _entries[entry.Key] = (entry, until);
        }

        if (notify)
        {
            Changed?.Invoke();
        }

        return Task.CompletedTask;
    }

    public Task RemoveAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        foreach (var key in keys)
        {
            _entries.TryRemove(key, out _);
        }

        Changed?.Invoke();
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<FleetEntry>> ReadAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        foreach (var expired in _entries.Where(e => e.Value.Until <= now))
        {
            // Only this very entry: it may have been renewed since.
            _entries.TryRemove(expired);
        }

        return Task.FromResult<IReadOnlyList<FleetEntry>>([.. _entries.Values.Select(v => v.Entry)]);
    }

    public Task SubscribeAsync(Action changed, CancellationToken cancellationToken)
    {
        Changed += changed;
        return Task.CompletedTask;
    }
}
