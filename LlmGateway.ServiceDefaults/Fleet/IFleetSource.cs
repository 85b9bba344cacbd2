using LlmGateway.Contracts.Fleet;

namespace LlmGateway.ServiceDefaults.Fleet;

/// <summary>Something in this process that has entries to publish. Asked every publishing interval, and when it says so.</summary>
public interface IFleetSource
{
    /// <summary>Raised when the entries have changed and should not wait for the next interval.</summary>
    event Action? Changed;

    /// <summary>The entries as they are now; empty while there is nothing to say. Must not block.</summary>
    IReadOnlyList<FleetEntry> Entries { get; }
}
