using LlmGateway.Simulator.Models;

namespace LlmGateway.Simulator.Faults;

/// <summary>Splits <c>sim-small+cut-after-3</c> into model and faults.</summary>
internal static class RequestedName
{
    public static (string Model, string? Faults) Split(string requested, ModelCatalog models)
    {
        var plus = requested.IndexOf('+', StringComparison.Ordinal);
        // A model may have a plus sign in its own name.
        if (plus <= 0 || models.TryGet(requested, out _)) return (requested, null);
        var suffix = requested[(plus + 1)..];
        // Clients of the Ollama wire complete a name with its default tag.
        if (suffix.EndsWith(":latest", StringComparison.Ordinal)) suffix = suffix[..^":latest".Length];
        return (requested[..plus], suffix);
    }
}
