namespace LlmGateway.ServiceDefaults.Fleet;

/// <summary>Whether the fleet's state can be seen, and from when it is.</summary>
public sealed class FleetHealth
{
    private sealed record Reading(bool Available, DateTimeOffset? ObservedAt);

    private volatile Reading _last = new(false, null);

    /// <summary>False until the first reading, and from when the last one has become too old to be shown.</summary>
    public bool IsAvailable => _last.Available;

    /// <summary>When the state was last read; null before the first time.</summary>
    public DateTimeOffset? ObservedAt => _last.ObservedAt;

    internal void Observed(DateTimeOffset at) => _last = new Reading(true, at);

    internal void Lost() => _last = _last with { Available = false };
}
