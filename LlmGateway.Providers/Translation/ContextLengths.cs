using LlmGateway.Core.Providers;

namespace LlmGateway.Providers.Translation;

/// <summary>The context windows, in tokens, that the configuration sets for the models of one provider.</summary>
internal sealed class ContextLengths(ProviderOptions options)
{
    private readonly Dictionary<string, int> _byUpstreamName = options.Models
        .Where(m => m.Value.ContextLength is not null)
        .GroupBy(m => m.Value.UpstreamName ?? m.Key, m => m.Value.ContextLength!.Value)
        .ToDictionary(g => g.Key, g => g.Max(), StringComparer.Ordinal);

    /// <summary>By the name the client used, else by the name at the provider; null when none is set.</summary>
    public int? Find(ProviderCall call) =>
        options.Models.TryGetValue(call.View.Model, out var model) && model.ContextLength is { } length ? length
        : _byUpstreamName.TryGetValue(call.Model, out length) ? length
        : null;
}
