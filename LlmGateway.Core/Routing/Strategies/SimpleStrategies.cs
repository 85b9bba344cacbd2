namespace LlmGateway.Core.Routing.Strategies;

/// <summary>By <see cref="ModelTarget.Priority"/>; those of one priority in the order of the configuration.</summary>
internal sealed class PriorityStrategy : IRoutingStrategy
{
    public string Name => "priority";

    public void Score(ReadOnlySpan<ModelTarget> targets, Span<double> scores, in RoutingContext context)
    {
        for (var i = 0; i < targets.Length; i++)
        {
            scores[i] = targets[i].Priority;
        }
    }
}

/// <summary>
/// At random, each target first as often as its <see cref="ModelTarget.Weight"/> says, and so for the places after the first
/// (source: Efraimidis and Spirakis, "Weighted random sampling with a reservoir", 2006).
/// </summary>
internal sealed class WeightedStrategy : IRoutingStrategy
{
    public string Name => "weighted";

    public void Score(ReadOnlySpan<ModelTarget> targets, Span<double> scores, in RoutingContext context)
    {
        for (var i = 0; i < targets.Length; i++)
        {
            scores[i] = -Math.Log(1 - context.Random.NextDouble()) / targets[i].Weight;
        }
    }
}

/// <summary>The lowest estimated price of this request. What a target of unknown price costs is not known, so it comes last.</summary>
internal sealed class CostStrategy : IRoutingStrategy
{
    /// <summary>Tokens of an answer whose length the client did not bound.</summary>
    private const long TypicalAnswer = 500;

    public string Name => "cost";

    public void Score(ReadOnlySpan<ModelTarget> targets, Span<double> scores, in RoutingContext context)
    {
        for (var i = 0; i < targets.Length; i++)
        {
            scores[i] = Estimate(targets[i], context) is { } cost ? (double)cost : double.MaxValue;
        }
    }

    /// <summary>In the currency of the prices; null when they are unknown.</summary>
    public static decimal? Estimate(ModelTarget target, in RoutingContext context) => Estimate(target, context.View, context.PromptTokens);

    /// <summary>The same outside of a decision.</summary>
    public static decimal? Estimate(ModelTarget target, Protocol.RequestView view, long promptTokens) =>
        target.Prices?.Cost(new Protocol.TokenUsage(promptTokens, (view.MaxTokens ?? TypicalAnswer) * view.Choices));
}

/// <summary>
/// The shortest recent wait, times the calls that run: of two targets drawn at random the better one comes first, so that not every
/// request of every replica runs to the one that looked best a moment ago. A target without a measurement is tried.
/// </summary>
internal sealed class LatencyStrategy : IRoutingStrategy
{
    public string Name => "latency";

    public void Score(ReadOnlySpan<ModelTarget> targets, Span<double> scores, in RoutingContext context)
    {
        for (var i = 0; i < targets.Length; i++)
        {
            scores[i] = (targets[i].State.LatencySeconds ?? 0) * (targets[i].State.Running + 1);
        }

        PowerOfTwo.Prefer(scores, context.Random);
    }
}

/// <summary>The fewest running and waiting calls for its weight, of two drawn at random.</summary>
internal sealed class LeastBusyStrategy : IRoutingStrategy
{
    public string Name => "least-busy";

    public void Score(ReadOnlySpan<ModelTarget> targets, Span<double> scores, in RoutingContext context)
    {
        for (var i = 0; i < targets.Length; i++)
        {
            scores[i] = (targets[i].State.Running + targets[i].State.Waiting) / targets[i].Weight;
        }

        PowerOfTwo.Prefer(scores, context.Random);
    }
}

/// <summary>The power of two choices: the better of two random picks (source: Mitzenmacher, 2001).</summary>
internal static class PowerOfTwo
{
    /// <summary>Puts the better of two random places before all others, which stay in the order of their scores.</summary>
    public static void Prefer(Span<double> scores, Random random)
    {
        if (scores.Length < 2)
        {
            return;
        }

        var first = random.Next(scores.Length);
        var second = random.Next(scores.Length - 1);
        second += second >= first ? 1 : 0;
        var best = scores[second] < scores[first] ? second : first;
        scores[best] = double.NegativeInfinity;
    }
}
