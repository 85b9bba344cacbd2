using System.Collections.Frozen;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Providers;
using LlmGateway.Core.Resilience;
using LlmGateway.Core.Routing.Strategies;

namespace LlmGateway.Core.Routing;

/// <summary>An immutable picture of every model that can be asked for.</summary>
public sealed class ModelSnapshot
{
    /// <summary>The name that leaves the choice of the model to the gateway.</summary>
    public const string Auto = "auto";

    /// <summary>Ollama's default tag: <c>llama3.2</c> means <c>llama3.2:latest</c>.</summary>
    private const string LatestTag = ":latest";

    private readonly FrozenDictionary<string, ModelRoute> _byName;

    internal ModelSnapshot(IReadOnlyList<ProviderState> providers, IReadOnlyDictionary<string, AliasOptions> aliases, TargetRegistry registry)
    {
        Providers = providers;
        Aliases = aliases;
        Targets = [.. providers.SelectMany(p => TargetsOf(p, registry))];

        var plain = Targets.GroupBy(t => t.Name, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.ToArray(), StringComparer.Ordinal);
        var names = new Dictionary<string, ModelRoute>(StringComparer.Ordinal);

        // "provider/model" first: a name that says where a request goes must not be taken by what another provider lists.
        AddQualified(names, t => $"{t.Group}/{t.Name}");
        AddQualified(names, t => $"{t.Provider.Name}/{t.Name}");
        var listed = new List<ModelTarget>();
        foreach (var (name, targets) in plain.OrderBy(p => p.Key.EndsWith(LatestTag, StringComparison.Ordinal)))
        {
            var route = new ModelRoute(name, targets);
            if (names.TryAdd(name, route))
            {
                listed.Add(route.Listed);
                if (name.EndsWith(LatestTag, StringComparison.Ordinal))
                {
                    names.TryAdd(name[..^LatestTag.Length], new ModelRoute(name, targets));
                }
            }
        }

        AddAliases(names, aliases, listed);
        if (Targets.Count > 0)
        {
            names.TryAdd(Auto, new ModelRoute(Auto, Targets, RoutingStrategies.Auto));
        }

        _byName = names.ToFrozenDictionary(StringComparer.Ordinal);
        Models = listed.OrderBy(t => t.Name, StringComparer.Ordinal).ToArray();
    }

    public IReadOnlyList<ProviderState> Providers { get; }

    /// <summary>Further names, whether or not what they stand for is served.</summary>
    public IReadOnlyDictionary<string, AliasOptions> Aliases { get; }

    /// <summary>Every model of every provider, in the order of the providers.</summary>
    public IReadOnlyList<ModelTarget> Targets { get; }

    /// <summary>Every model once, ordered by name.</summary>
    public IReadOnlyList<ModelTarget> Models { get; }

    /// <summary>Whether two names of a model are the same but for the tag that Ollama adds by itself.</summary>
    public static bool IsSameName(ReadOnlySpan<char> one, ReadOnlySpan<char> other) => Untagged(one).SequenceEqual(Untagged(other));

    private static ReadOnlySpan<char> Untagged(ReadOnlySpan<char> name) => name.EndsWith(LatestTag, StringComparison.Ordinal) ? name[..^LatestTag.Length] : name;

    public ModelRoute? Route(string name) => _byName.GetValueOrDefault(name);

    public ModelTarget? Find(string name) => Route(name)?.Listed;

    /// <summary>
    /// The model that a provider is asked for when nobody names one: the most preferred that can do what is needed, by what is configured or,
    /// where nothing is, by its name. Null when it has none.
    /// </summary>
    /// <param name="provider">The provider's name in configuration.</param>
    /// <param name="needed">What the model must be able to do.</param>
    /// <param name="caller">Who must be allowed to use it; null for anybody.</param>
    public ModelTarget? Preferred(string provider, ModelCapabilities needed, Caller? caller = null) => Targets
        .Where(t => t.Group == provider && caller?.MayUse(t.Name, t) != false && ((t.Capabilities ?? CapabilityNames.Guess(t.UpstreamName)) & needed) == needed)
        .MinBy(t => t.Priority);

    private static IEnumerable<ModelTarget> TargetsOf(ProviderState state, TargetRegistry registry)
    {
        foreach (var (name, options) in state.Options.Models)
        {
            var upstream = options.UpstreamName ?? name;
            yield return Target(state, registry, name, upstream, state.Listing.FirstOrDefault(m => IsSameName(m.Id, upstream)), options);
        }

        foreach (var model in state.Options.Discover ? state.Listing.DistinctBy(m => m.Id) : [])
        {
            if (!state.Options.Models.ContainsKey(model.Id))
            {
                yield return Target(state, registry, model.Id, model.Id, model, null);
            }
        }
    }

    private static ModelTarget Target(ProviderState state, TargetRegistry registry, string name, string upstream, ListedModel? known, ModelOptions? options)
    {
        var source = state.Source;
        var isElsewhere = known is { RunsElsewhere: true } || source.RunsElsewhere(upstream);
        var live = registry.Get(source.Provider.Name, upstream);
        live.Admission.Capacity = options?.MaxConcurrency ?? source.Options.MaxConcurrency ?? 0;
        return new ModelTarget(name, source.Provider, upstream, known?.Created ?? 0, known is { OwnedBy.Length: > 0 } ? known.OwnedBy : source.Group)
        {
            Group = source.Group,
            Node = source.Node,
            Capabilities = CapabilityNames.Read(options?.Capabilities ?? []),
            ContextLength = options?.ContextLength ?? known?.ContextLength,
            Prices = options?.Prices is { } p
                ? new ModelPrices(p.Input, p.Output) { CachedInput = p.CachedInput, CacheWrite = p.CacheWrite, LongCacheWrite = p.LongCacheWrite, Reasoning = p.Reasoning }
                : source.IsLocal && !isElsewhere ? ModelPrices.Free : null,
            Security = source.SecurityOf(isElsewhere, options),
            Priority = options?.Priority ?? source.Options.Priority,
            Weight = options?.Weight ?? source.Options.Weight,
            State = live,
        };
    }

    private void AddQualified(Dictionary<string, ModelRoute> names, Func<ModelTarget, string> name)
    {
        var groups = Targets.ToLookup(name, StringComparer.Ordinal);
        foreach (var group in groups)
        {
            var route = new ModelRoute(group.First().Name, [.. group]);
            names.TryAdd(group.Key, route);
            if (group.Key.EndsWith(LatestTag, StringComparison.Ordinal) && !groups.Contains(group.Key[..^LatestTag.Length]))
            {
                names.TryAdd(group.Key[..^LatestTag.Length], route);
            }
        }
    }

    /// <summary>An alias takes its name from whatever had it. Its targets are names of models, not of aliases, so that there is no circle.</summary>
    private static void AddAliases(Dictionary<string, ModelRoute> names, IReadOnlyDictionary<string, AliasOptions> aliases, List<ModelTarget> listed)
    {
        var models = names.ToFrozenDictionary(StringComparer.Ordinal);
        foreach (var (alias, options) in aliases)
        {
            var targets = options.Targets.SelectMany(t => models.GetValueOrDefault(t)?.Targets ?? []).Distinct().ToArray();
            if (targets.Length > 0)
            {
                var route = new ModelRoute(alias, targets, options.Strategy);
                names[alias] = route;
                listed.RemoveAll(t => t.Name == alias);
                listed.Add(route.Listed);
            }
        }
    }
}
