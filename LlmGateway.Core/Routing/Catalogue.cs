using System.Text.Json;
using LlmGateway.Core.Providers;

namespace LlmGateway.Core.Routing;

/// <summary>The providers and names of one state of the configuration.</summary>
/// <param name="Providers">In the order in which they are preferred.</param>
/// <param name="Aliases">Further names of models.</param>
public sealed record Catalogue(IReadOnlyList<ConfiguredProvider> Providers, IReadOnlyDictionary<string, AliasOptions> Aliases)
{
    public static IReadOnlyDictionary<string, AliasOptions> NoAliases { get; } = new Dictionary<string, AliasOptions>();
}

/// <summary>Makes catalogues from configuration. An adapter whose settings did not change is kept, with its connections.</summary>
internal sealed class CatalogueBuilder(IEnumerable<IModelProviderFactory> factories)
{
    private readonly Dictionary<string, IModelProviderFactory> _factories = factories.ToDictionary(f => f.Type, StringComparer.OrdinalIgnoreCase);
    private Dictionary<string, (string Settings, ConfiguredProvider Provider)> _built = [];

    /// <param name="options">Checked settings.</param>
    public Catalogue Build(ProvidersOptions options)
    {
        var built = new Dictionary<string, (string, ConfiguredProvider)>(StringComparer.Ordinal);
        foreach (var (name, provider) in options.Providers.OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            if (provider.Endpoints.Count == 0)
            {
                built[name] = Create(name, name, name, provider);
            }

            foreach (var (endpoint, settings) in provider.Endpoints.OrderBy(e => e.Key, StringComparer.Ordinal))
            {
                var endpointName = $"{name}/{endpoint}";
                built[endpointName] = Create(endpointName, name, endpoint, provider.At(settings));
            }
        }

        _built = built;
        return new Catalogue([.. built.Values.Select(b => b.Item2)], options.Aliases);
    }

    private (string Settings, ConfiguredProvider Provider) Create(string name, string group, string node, ProviderOptions options)
    {
        // Compared and never shown: it holds keys.
        var settings = JsonSerializer.Serialize(options);
        if (_built.TryGetValue(name, out var known) && known.Settings == settings)
        {
            return known;
        }

        var factory = _factories[options.Type];
        var provider = factory.Create(name, options);
        return (settings, new ConfiguredProvider(options.StreamWholeAnswers ? new StreamedWholeAnswers(provider) : provider, options)
        {
            Group = group,
            Node = node,
            Security = options.SecurityLevel ?? factory.DefaultSecurity,
            IsLocal = factory.IsLocal,
            RunsElsewhere = factory.RunsElsewhere,
        });
    }
}
