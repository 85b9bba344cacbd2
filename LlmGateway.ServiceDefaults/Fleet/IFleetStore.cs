using LlmGateway.Contracts.Fleet;

namespace LlmGateway.ServiceDefaults.Fleet;

/// <summary>Where all processes of the gateway put what they tell each other. Calls end within a bounded time.</summary>
public interface IFleetStore
{
    /// <summary>Puts entries in, replacing those of the same key; each is gone after <paramref name="timeToLive"/> unless put in again.</summary>
    /// <param name="notify">Tell every subscriber, in this and other processes.</param>
    Task PublishAsync(IReadOnlyList<FleetEntry> entries, TimeSpan timeToLive, bool notify, CancellationToken cancellationToken);

    /// <summary>Takes entries out by their keys, and tells every subscriber.</summary>
    Task RemoveAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken);

    /// <summary>Everything that is there now.</summary>
    Task<IReadOnlyList<FleetEntry>> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Has <paramref name="changed"/> called when something was published with a notification, or removed. Must return quickly.</summary>
    Task SubscribeAsync(Action changed, CancellationToken cancellationToken);
}
