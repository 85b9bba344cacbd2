using System.Collections.Concurrent;
using LlmGateway.Simulator.Engine;

namespace LlmGateway.Simulator.Faults;

/// <summary>The faults set from outside a request, per model name; <c>*</c> is every request, also those without a model.</summary>
public sealed class FaultStore
{
    public const string AllModels = "*";

    private const int MaxCounters = 10_000;

    private readonly ConcurrentDictionary<string, IReadOnlyList<Fault>> _perModel = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, StrongCounter> _counters = new(StringComparer.Ordinal);

    /// <summary>Model name to faults, as the grammar writes them.</summary>
    public IReadOnlyDictionary<string, string> All =>
        _perModel.OrderBy(p => p.Key, StringComparer.Ordinal).ToDictionary(p => p.Key, p => string.Join(',', p.Value.Select(f => f.Text)), StringComparer.Ordinal);

    /// <summary>Replaces a model's faults and begins their counts anew.</summary>
    /// <param name="faults">In <see cref="FaultGrammar"/>: <c>status;code=503;times=2,crlf</c>.</param>
    /// <exception cref="FormatException">The text is not in the grammar.</exception>
    public void Set(string model, string faults)
    {
        var parsed = FaultGrammar.Parse(faults);
        Clear(model);
        if (parsed.Count > 0) _perModel[model] = parsed;
    }

    public bool Clear(string model)
    {
        foreach (var key in _counters.Keys)
            if (key.StartsWith(model + "\n", StringComparison.Ordinal)) _counters.TryRemove(key, out _);
        return _perModel.TryRemove(model, out _);
    }

    /// <summary>Removes all faults and all counts, those of headers and model names too.</summary>
    public void Clear()
    {
        _perModel.Clear();
        _counters.Clear();
    }

    /// <summary>The faults that strike this request.</summary>
    /// <exception cref="FormatException">The request's own faults are not in the grammar.</exception>
    internal List<Fault>? Collect(IHeaderDictionary headers, string? model, string? suffix)
    {
        List<Fault>? struck = null;
        if (model is not null && _perModel.TryGetValue(model, out var own)) Take(ref struck, model, own);
        if (_perModel.TryGetValue(AllModels, out var every)) Take(ref struck, AllModels, every);
        if (suffix is not null) Take(ref struck, "+" + model, FaultGrammar.ParseModelSuffix(suffix));
        if (headers.TryGetValue("x-simulator-fault", out var fault)) Take(ref struck, "header", FaultGrammar.Parse(fault.ToString()));
        if (headers.TryGetValue("x-simulator-timing", out var timing)) Take(ref struck, "header", [FaultGrammar.ParseTiming(timing.ToString())]);
        return struck;
    }

    private void Take(ref List<Fault>? struck, string source, IReadOnlyList<Fault> faults)
    {
        foreach (var fault in faults)
            if (Strikes(source, fault)) (struck ??= []).Add(fault);
    }

    private bool Strikes(string source, Fault fault)
    {
        if (fault is { Times: null, Skip: 0, Probability: >= 1 }) return true;

        // Counted by what was asked for, so that "the first two requests" also works for faults named in requests.
        if (_counters.Count > MaxCounters) _counters.Clear();
        var seen = _counters.GetOrAdd(source + "\n" + fault.Text, static _ => new StrongCounter()).Next();
        if (seen < fault.Skip) return false;
        var draw = StableHash.Of(fault.Text, seen) / (double)ulong.MaxValue;
        if (fault.Times is { } times && seen - fault.Skip >= times) return false;
        return fault.Probability >= 1 || draw < fault.Probability;
    }

    private sealed class StrongCounter
    {
        private int _value = -1;

        public int Next() => Interlocked.Increment(ref _value);
    }
}
