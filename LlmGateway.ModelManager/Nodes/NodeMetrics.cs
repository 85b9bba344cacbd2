using System.Diagnostics.Metrics;
using LlmGateway.Contracts.Fleet;

namespace LlmGateway.ModelManager.Nodes;

/// <summary>What is known about the nodes, as instruments.</summary>
internal sealed class NodeMetrics
{
    public const string MeterName = "LlmGateway.ModelManager";

    private const string NodeTag = "node";

    private readonly NodeFleet _fleet;

    public NodeMetrics(IMeterFactory meters, NodeFleet fleet)
    {
        _fleet = fleet;
        var meter = meters.Create(MeterName);
        meter.CreateObservableGauge(
            "llm_gateway.node.reachable", () => PerNode(n => n.Reachable ? 1 : 0), description: "1 while the node answers, else 0.");
        meter.CreateObservableGauge("llm_gateway.node.models", () => PerNode(n => n.Models.Count), "{model}", "Models that the node has on disk.");
        meter.CreateObservableGauge(
            "llm_gateway.node.models_loaded", () => PerNode(n => n.Models.Count(m => m.Loaded)), "{model}", "Models that the node has in memory.");
    }

    private IEnumerable<Measurement<int>> PerNode(Func<NodeModels, int> value) =>
        _fleet.Nodes.Select(n => new Measurement<int>(value(n), new KeyValuePair<string, object?>(NodeTag, n.Id)));
}
