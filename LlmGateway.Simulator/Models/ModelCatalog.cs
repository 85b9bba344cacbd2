using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace LlmGateway.Simulator.Models;

/// <summary>
/// The models served, by name. <c>name:latest</c> is the same model as <c>name</c>. Models can be put and removed while
/// requests run; those keep the runtime they began with.
/// </summary>
public sealed class ModelCatalog
{
    private const string DefaultTag = ":latest";

    private readonly ConcurrentDictionary<string, ModelRuntime> _runtimes = new(StringComparer.Ordinal);
    private readonly TimeProvider _time;

    public ModelCatalog(IEnumerable<SimulatedModel> models, TimeProvider time)
    {
        _time = time;
        foreach (var model in models) Put(model);
    }

    /// <summary>Ordered by name.</summary>
    public IReadOnlyList<SimulatedModel> Models => [.. Runtimes.Select(r => r.Model)];

    internal IEnumerable<ModelRuntime> Runtimes => _runtimes.Values.OrderBy(r => r.Model.Name, StringComparer.Ordinal);

    /// <summary>Adds a model or replaces the one of the same name, load state kept.</summary>
    public void Put(SimulatedModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (string.IsNullOrWhiteSpace(model.Name)) throw new ArgumentException("A model needs a Name.", nameof(model));
        _runtimes.AddOrUpdate(
            Key(model.Name),
            _ => new ModelRuntime(model, _time),
            (_, old) => old.Model.MaxConcurrency == model.MaxConcurrency ? old.With(model) : new ModelRuntime(model, _time));
    }

    public bool Remove(string name) => _runtimes.TryRemove(Key(name), out _);

    public bool TryGet(string name, [NotNullWhen(true)] out SimulatedModel? model)
    {
        model = _runtimes.TryGetValue(Key(name), out var runtime) ? runtime.Model : null;
        return model is not null;
    }

    /// <summary>Exactly these models, all unloaded.</summary>
    internal void Reset(IEnumerable<SimulatedModel> models)
    {
        _runtimes.Clear();
        foreach (var model in models) Put(model);
    }

    internal ModelRuntime? Find(string name) => _runtimes.GetValueOrDefault(Key(name));

    private static string Key(string name) => name.EndsWith(DefaultTag, StringComparison.Ordinal) ? name[..^DefaultTag.Length] : name;
}
