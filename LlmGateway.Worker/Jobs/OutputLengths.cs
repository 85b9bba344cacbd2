using System.Collections.Concurrent;

namespace LlmGateway.Worker.Jobs;

/// <summary>How long answers of a model usually are, in chunks, as far as this process has seen: what progress is measured by.</summary>
internal sealed class OutputLengths
{
    /// <summary>Of a model that nothing is known about.</summary>
    private const double AtFirst = 200;

    /// <summary>Weight of the latest answer.</summary>
    private const double Weight = 0.2;

    /// <summary>Names come from clients.</summary>
    private const int MostModels = 1000;

    private readonly ConcurrentDictionary<string, double> _means = new(StringComparer.Ordinal);

    public long Expected(string model) => (long)Math.Ceiling(_means.GetValueOrDefault(model, AtFirst));

    public void Note(string model, int chunks)
    {
        if (_means.Count < MostModels || _means.ContainsKey(model))
        {
            _means.AddOrUpdate(model, chunks, (_, mean) => mean + (chunks - mean) * Weight);
        }
    }
}
