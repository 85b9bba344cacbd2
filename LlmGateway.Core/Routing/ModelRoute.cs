namespace LlmGateway.Core.Routing;

/// <summary>A name that can be asked for, and every target that may answer.</summary>
public sealed class ModelRoute
{
    internal ModelRoute(string name, IReadOnlyList<ModelTarget> targets, string? strategy = null)
    {
        Name = name;
        Targets = targets;
        Strategy = strategy;
        Listed = targets[0].Name == name ? targets[0] : targets[0] with { Name = name };
        OnlyTarget = targets.Count == 1 ? new RoutePlan(RoutePlan.OnlyOne, [new Candidate(targets[0])], []) : null;
    }

    public string Name { get; }

    /// <summary>In the order of the configuration; at least one.</summary>
    public IReadOnlyList<ModelTarget> Targets { get; }

    /// <summary>The strategy of this name alone; null when it is the one of all.</summary>
    public string? Strategy { get; }

    /// <summary>The entry that model lists show.</summary>
    public ModelTarget Listed { get; }

    /// <summary>The plan when there is nothing to choose: made once, so that most requests allocate none.</summary>
    internal RoutePlan? OnlyTarget { get; }
}
