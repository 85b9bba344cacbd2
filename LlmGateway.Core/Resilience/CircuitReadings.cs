using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using LlmGateway.Core.Routing;

namespace LlmGateway.Core.Resilience;

/// <summary>The names of positions in documents and metrics.</summary>
public static class CircuitNames
{
    public static string Of(CircuitPosition position) => position switch
    {
        CircuitPosition.Closed => "closed",
        CircuitPosition.Open => "open",
        _ => "half_open",
    };

    /// <summary>Where a target's circuit stands: closed before its first call, null while breakers are switched off.</summary>
    public static string? Of(TargetState target, RoutingOptions options) =>
        options.CircuitBreaker.Enabled ? Of(target.Circuit ?? CircuitPosition.Closed) : null;
}

/// <summary>
/// The circuits of targets that have been called, as values of a gauge: for each circuit every state, 1 for the one it is in and 0 for the
/// others, so that a state that has passed does not stay. A target that is served no more ends with zeros.
/// </summary>
/// <param name="targets">Whose circuits.</param>
/// <param name="tags">Carried by every value.</param>
public sealed class CircuitReadings(TargetRegistry targets, params KeyValuePair<string, object?>[] tags)
{
    private static readonly CircuitPosition[] Positions = Enum.GetValues<CircuitPosition>();

    private readonly ConcurrentDictionary<string, bool> _told = new(StringComparer.Ordinal);

    public IEnumerable<Measurement<int>> Read()
    {
        var current = new Dictionary<string, CircuitPosition>(StringComparer.Ordinal);
        foreach (var target in targets.All)
        {
            if (target.Circuit is { } position)
            {
                var circuit = $"{target.Provider}:{target.Model}";
                current[circuit] = position;
                _told.TryAdd(circuit, true);
            }
        }

        var readings = new List<Measurement<int>>();
        foreach (var circuit in _told.Keys)
        {
            foreach (var position in Positions)
            {
                var isCurrent = current.TryGetValue(circuit, out var now) && now == position;
                readings.Add(new Measurement<int>(isCurrent ? 1 : 0, [.. tags, new("circuit", circuit), new("state", CircuitNames.Of(position))]));
            }
        }

        return readings;
    }
}
