using System.Collections.Concurrent;

namespace LlmGateway.Core.Sensitivity;

/// <summary>Classifiers by the settings that jobs carry: few, because settings change seldom.</summary>
internal sealed class AcceptedPolicies
{
    private const int Most = 8;

    private readonly ConcurrentDictionary<string, SensitivityClassifier?> _known = new(StringComparer.Ordinal);

    /// <summary>Null for settings that this version does not understand.</summary>
    public SensitivityClassifier? Get(string settings)
    {
        if (_known.TryGetValue(settings, out var known))
        {
            return known;
        }

        if (_known.Count >= Most)
        {
            _known.Clear();
        }

        return _known.GetOrAdd(settings, static text => PolicyText.Read(text) is { } options ? new SensitivityClassifier(options) : null);
    }
}
