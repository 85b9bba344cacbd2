using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Core.Providers;

/// <summary>
/// One configured provider: an adapter between the canonical OpenAI bytes and one wire dialect. Failures come back as an
/// <see cref="ErrorAnswer"/> or a failed stream, never as an exception. Every verb stops its upstream call when
/// <see cref="ProviderCall.Aborted"/> fires.
/// </summary>
public interface IModelProvider
{
    /// <summary>The provider's name in configuration.</summary>
    string Name { get; }

    /// <summary>Its wire dialect, as the configuration's <c>Type</c> names it.</summary>
    string Type { get; }

    /// <summary>Requests are translated into a dialect of its own, so that a refusal need not be the client's making.</summary>
    bool Translates => false;

    ValueTask<GatewayAnswer> ChatAsync(ProviderCall call);

    /// <summary>Legacy text completion.</summary>
    ValueTask<GatewayAnswer> CompleteAsync(ProviderCall call);

    ValueTask<GatewayAnswer> EmbedAsync(ProviderCall call);

    /// <summary>The models that the provider serves now.</summary>
    ValueTask<ModelListing> ListModelsAsync(CancellationToken cancellationToken);

    /// <summary>Null when the provider answers; otherwise why not. Bounded by the connect timeout.</summary>
    ValueTask<GatewayError?> ProbeAsync(CancellationToken cancellationToken);
}

/// <summary>One upstream call.</summary>
/// <param name="View">The client's request.</param>
/// <param name="Model">The model's name at the provider.</param>
/// <param name="Aborted">Fires when nobody waits for the answer any more.</param>
public readonly record struct ProviderCall(RequestView View, string Model, CancellationToken Aborted)
{
    /// <summary>Told when the provider is asked once more within this call; null when nobody counts.</summary>
    public IAttemptCounter? Attempts { get; init; }
}

/// <summary>Counts how often providers are asked for one request.</summary>
public interface IAttemptCounter
{
    /// <summary>A further attempt begins: the one before was refused and nothing of its answer has been passed on.</summary>
    void CountFurtherAttempt();
}

/// <summary>The models of a provider, or why they could not be listed.</summary>
public sealed record ModelListing(IReadOnlyList<ListedModel> Models, GatewayError? Error = null)
{
    public static ModelListing Failed(GatewayError error) => new([], error);
}

/// <summary>A model as its provider lists it.</summary>
/// <param name="Id">Its name at the provider.</param>
/// <param name="Created">Unix time in seconds; 0 when the provider does not say.</param>
/// <param name="OwnedBy">The organisation named as owner; empty when the provider does not say.</param>
/// <param name="ContextLength">Context window in tokens; null when the provider does not say.</param>
public sealed record ListedModel(string Id, long Created = 0, string OwnedBy = "", int? ContextLength = null)
{
    /// <summary>The provider passes prompts for it on to somebody else's machines.</summary>
    public bool RunsElsewhere { get; init; }
}
