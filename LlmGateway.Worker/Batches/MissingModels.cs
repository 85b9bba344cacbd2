using System.Collections.Concurrent;

namespace LlmGateway.Worker.Batches;

/// <summary>
/// Models of a batch that nobody served for as long as a line was asked. A provider that lists its models may be away when a worker starts,
/// so that the first lines wait for one; when they have waited in vain the others do not wait as well, which would take days.
/// </summary>
internal sealed class MissingModels
{
    /// <summary>With so many of them it is not a provider that is away.</summary>
    private const int Many = 16;

    private readonly ConcurrentDictionary<string, bool> _models = new(StringComparer.Ordinal);

    public bool IsGivenUp(string model) => _models.Count >= Many || _models.ContainsKey(model);

    public void GiveUp(string model)
    {
        if (_models.Count < Many)
        {
            _models.TryAdd(model, true);
        }
    }
}
