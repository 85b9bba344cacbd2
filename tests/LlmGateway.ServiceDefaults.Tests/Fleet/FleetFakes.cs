using LlmGateway.Contracts.Fleet;
using LlmGateway.ServiceDefaults.Fleet;

namespace LlmGateway.ServiceDefaults.Tests.Fleet;

/// <summary>A source whose entries the test sets.</summary>
internal sealed class FakeSource(params FleetEntry[] entries) : IFleetSource
{
    public event Action? Changed;

    public IReadOnlyList<FleetEntry> Entries { get; set; } = entries;

    public void Raise() => Changed?.Invoke();
}

/// <summary>A store that can be away, and counts.</summary>
internal sealed class FakeStore(TimeProvider time) : IFleetStore
{
    private readonly InMemoryFleetStore _store = new(time);
    private readonly SemaphoreSlim _published = new(0);
    private readonly SemaphoreSlim _read = new(0);

    public volatile bool IsAway;

    public int Notified;

    /// <summary>Waits for the next publication that was tried since the last wait.</summary>
    public Task PublishedAsync() => _published.WaitAsync(LlmGateway.TestSupport.TestTimeouts.Token());

    /// <summary>Waits for the next reading that was tried since the last wait.</summary>
    public Task ReadingAsync() => _read.WaitAsync(LlmGateway.TestSupport.TestTimeouts.Token());

    public async Task PublishAsync(IReadOnlyList<FleetEntry> entries, TimeSpan timeToLive, bool notify, CancellationToken cancellationToken)
    {
        try
        {
            ThrowWhenAway();
            await _store.PublishAsync(entries, timeToLive, notify, cancellationToken);
            Notified += notify ? 1 : 0;
        }
        finally
        {
            _published.Release();
        }
    }

    public Task RemoveAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        ThrowWhenAway();
        return _store.RemoveAsync(keys, cancellationToken);
    }

    public async Task<IReadOnlyList<FleetEntry>> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            ThrowWhenAway();
            return await _store.ReadAsync(cancellationToken);
        }
        finally
        {
            _read.Release();
        }
    }

    public Task SubscribeAsync(Action changed, CancellationToken cancellationToken)
    {
        ThrowWhenAway();
        return _store.SubscribeAsync(changed, cancellationToken);
    }

    private void ThrowWhenAway()
    {
        if (IsAway)
        {
            throw new InvalidOperationException("away");
        }
    }
}
