using LlmGateway.Core.Errors;
using LlmGateway.Core.Providers;

namespace LlmGateway.Core.Routing;

/// <summary>What was known about one provider when it was last asked.</summary>
/// <param name="Source">The provider and its configuration.</param>
/// <param name="Listing">Its models; keeps the last good list while <paramref name="Error"/> is set.</param>
/// <param name="Error">Why it cannot be reached; null when it can, or when it has not been asked.</param>
public sealed record ProviderState(ConfiguredProvider Source, IReadOnlyList<ListedModel> Listing, GatewayError? Error)
{
    public IModelProvider Provider => Source.Provider;

    public ProviderOptions Options => Source.Options;

    /// <summary>When it was last asked; null before the first time.</summary>
    public DateTimeOffset? CheckedAt { get; init; }
}
