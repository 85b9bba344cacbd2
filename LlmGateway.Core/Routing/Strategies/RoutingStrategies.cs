using System.Collections.Frozen;
using LlmGateway.Core.Protocol;
using LlmGateway.Contracts.Fleet;

namespace LlmGateway.Core.Routing.Strategies;

/// <summary>What a strategy may look at.</summary>
/// <param name="View">The request.</param>
/// <param name="PromptTokens">Estimated tokens of the prompt.</param>
/// <param name="Fleet">What nodes hold.</param>
/// <param name="Random">Random numbers.</param>
internal readonly record struct RoutingContext(RequestView View, long PromptTokens, FleetView Fleet, Random Random);

/// <summary>Gives targets a score; the lowest is asked first. Pure but for the random numbers it is given.</summary>
internal interface IRoutingStrategy
{
    string Name { get; }

    /// <summary>Fills the scores of the targets at the same places.</summary>
    void Score(ReadOnlySpan<ModelTarget> targets, Span<double> scores, in RoutingContext context);
}

/// <summary>Every strategy by its name.</summary>
internal static class RoutingStrategies
{
    public const string Auto = "auto";

    private static readonly FrozenDictionary<string, IRoutingStrategy> ByName = new IRoutingStrategy[]
    {
        new PriorityStrategy(), new WeightedStrategy(), new CostStrategy(), new LatencyStrategy(), new LeastBusyStrategy(), new AutoStrategy(),
    }.ToFrozenDictionary(s => s.Name, StringComparer.OrdinalIgnoreCase);

    public static IEnumerable<string> Names => ByName.Keys.Order(StringComparer.Ordinal);

    public static bool IsKnown(string name) => ByName.ContainsKey(name);

    public static IRoutingStrategy Get(string name) => ByName[name];
}
