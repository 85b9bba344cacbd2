using LlmGateway.Core.Sensitivity;

namespace LlmGateway.Core.Providers;

/// <summary>A provider, or one endpoint of a provider that has several, as the configuration describes it.</summary>
/// <param name="Provider">The adapter; its name is <c>provider</c> or <c>provider/endpoint</c>.</param>
/// <param name="Options">Its configuration.</param>
public sealed record ConfiguredProvider(IModelProvider Provider, ProviderOptions Options)
{
    /// <summary>The provider's name in configuration.</summary>
    public string Group { get; init; } = Provider.Name;

    /// <summary>The node of the fleet behind it.</summary>
    public string Node { get; init; } = Provider.Name;

    public SecurityLevel Security { get; init; } = SecurityLevel.Medium;

    /// <summary>It runs on the operator's own machines.</summary>
    public bool IsLocal { get; init; }

    /// <summary>Tells models that the provider passes on to others.</summary>
    public Func<string, bool> RunsElsewhere { get; init; } = static _ => false;

    /// <summary>How far this provider may be trusted with what is sent to one of its models.</summary>
    /// <param name="runsElsewhere">The provider passes the model's prompts on to others.</param>
    /// <param name="options">The model's configuration.</param>
    public SecurityLevel SecurityOf(bool runsElsewhere, ModelOptions? options) =>
        options?.SecurityLevel ?? (runsElsewhere && Security > SecurityLevel.Medium ? SecurityLevel.Medium : Security);
}
