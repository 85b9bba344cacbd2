using System.Collections.Frozen;

namespace LlmGateway.Contracts.Fleet;

/// <summary>An immutable picture of the whole fleet. Read without a lock; replaced as a whole.</summary>
public sealed class FleetView
{
    private readonly FrozenDictionary<string, NodeModels> _nodes;

    public FleetView(IEnumerable<FleetEntry> entries)
    {
        var all = entries.OrderBy(e => e.Id, StringComparer.Ordinal).ToArray();
        Services = [.. all.OfType<ServiceInstance>().OrderBy(s => s.Service, StringComparer.Ordinal)];
        Nodes = [.. all.OfType<NodeModels>()];
        Hosts = [.. all.OfType<HostReadings>()];
        _nodes = Nodes.ToFrozenDictionary(n => n.Id, StringComparer.Ordinal);
    }

    public static FleetView Empty { get; } = new([]);

    /// <summary>Running processes, by service and id.</summary>
    public IReadOnlyList<ServiceInstance> Services { get; }

    /// <summary>Model servers, by name.</summary>
    public IReadOnlyList<NodeModels> Nodes { get; }

    /// <summary>Machines, by name.</summary>
    public IReadOnlyList<HostReadings> Hosts { get; }

    public NodeModels? Node(string name) => _nodes.GetValueOrDefault(name);
}

/// <summary>Holds the current <see cref="FleetView"/>: one volatile reference.</summary>
public sealed class FleetState
{
    private volatile FleetView _current = FleetView.Empty;

    /// <summary>Raised on the refresher's thread after <see cref="Current"/> was replaced.</summary>
    public event Action<FleetView>? Changed;

    public FleetView Current => _current;

    public void Replace(FleetView view)
    {
        _current = view;
        Changed?.Invoke(view);
    }
}
