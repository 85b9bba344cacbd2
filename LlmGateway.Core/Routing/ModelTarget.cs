using LlmGateway.Core.Providers;
using LlmGateway.Core.Resilience;
using LlmGateway.Core.Sensitivity;

namespace LlmGateway.Core.Routing;

/// <summary>A model at a provider: one place where a request can be answered.</summary>
/// <param name="Name">The model's name at the gateway.</param>
/// <param name="Provider">Who serves it.</param>
/// <param name="UpstreamName">Its name at the provider.</param>
/// <param name="Created">Unix time in seconds.</param>
/// <param name="OwnedBy">The owner shown in model lists.</param>
public sealed record ModelTarget(string Name, IModelProvider Provider, string UpstreamName, long Created, string OwnedBy)
{
    /// <summary>The provider's name in configuration; several endpoints of one provider share it.</summary>
    public string Group { get; init; } = Provider.Name;

    /// <summary>The node of the fleet that serves it.</summary>
    public string Node { get; init; } = Provider.Name;

    /// <summary>Null when nothing is known, so that everything may be tried.</summary>
    public ModelCapabilities? Capabilities { get; init; }

    /// <summary>Prompt and answer together, in tokens; null when unknown.</summary>
    public int? ContextLength { get; init; }

    /// <summary>Null when unknown.</summary>
    public ModelPrices? Prices { get; init; }

    public SecurityLevel Security { get; init; } = SecurityLevel.Medium;

    /// <summary>Lower is asked first.</summary>
    public int Priority { get; init; }

    /// <summary>Its share among targets of one model.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>What has been learned from calling it; outlives this record.</summary>
    public required TargetState State { get; init; }

    public override string ToString() => $"{Provider.Name}/{UpstreamName}";
}
