namespace LlmGateway.Core.Routing.Strategies;

/// <summary>
/// Weighs price, waiting time, load and readiness against each other, each as a share of the worst among the targets: price and
/// waiting time count 40 parts each, load 20, and a model that its node would have to load first counts 30 more. The operator's
/// priorities stand above all of it.
/// </summary>
internal sealed class AutoStrategy : IRoutingStrategy
{
    private const double PriceShare = 0.4;
    private const double LatencyShare = 0.4;
    private const double LoadShare = 0.2;
    private const double LoadingPenalty = 0.3;

    /// <summary>More than all shares together.</summary>
    private const double PriorityStep = 10;

    /// <summary>The place of an unknown price or waiting time among known ones: tried now and then, but not first.</summary>
    private const double Unknown = 0.5;

    public string Name => RoutingStrategies.Auto;

    public void Score(ReadOnlySpan<ModelTarget> targets, Span<double> scores, in RoutingContext context)
    {
        double worstCost = 0, worstLatency = 0, worstLoad = 0;
        foreach (var target in targets)
        {
            worstCost = Math.Max(worstCost, (double)(CostStrategy.Estimate(target, context) ?? 0));
            worstLatency = Math.Max(worstLatency, target.State.LatencySeconds ?? 0);
            worstLoad = Math.Max(worstLoad, Load(target));
        }

        for (var i = 0; i < targets.Length; i++)
        {
            var target = targets[i];
            scores[i] = (PriceShare * Share((double?)CostStrategy.Estimate(target, context), worstCost))
                + (LatencyShare * Share(target.State.LatencySeconds, worstLatency))
                + (LoadShare * Share(Load(target), worstLoad))
                + (MustLoad(target, context) ? LoadingPenalty : 0)
                + (target.Priority * PriorityStep);
        }
    }

    private static double Load(ModelTarget target) => (target.State.Running + target.State.Waiting) / target.Weight;

    private static double Share(double? value, double worst) => value is not { } known ? Unknown : worst > 0 ? known / worst : 0;

    private static bool MustLoad(ModelTarget target, in RoutingContext context)
    {
        if (context.Fleet.Node(target.Node) is not { } node)
        {
            return false;
        }

        foreach (var model in node.Models)
        {
            if (model.Name == target.UpstreamName)
            {
                return !model.Loaded;
            }
        }

        return false;
    }
}
