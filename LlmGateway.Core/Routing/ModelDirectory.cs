using System.Collections.Frozen;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Providers;

namespace LlmGateway.Core.Routing;

/// <summary>What was known about one provider when it was last asked.</summary>
/// <param name="Provider">The provider.</param>
/// <param name="Options">Its configuration.</param>
/// <param name="Listing">Its models; keeps the last good list while <paramref name="Error"/> is set.</param>
/// <param name="Error">Why it cannot be reached; null when it can, or when it has not been asked.</param>
public sealed record ProviderState(IModelProvider Provider, ProviderOptions Options, IReadOnlyList<ListedModel> Listing, GatewayError? Error);

/// <summary>An immutable picture of every model that can be asked for.</summary>
public sealed class ModelSnapshot
{
    private readonly FrozenDictionary<string, ModelTarget> _byName;

    internal ModelSnapshot(IReadOnlyList<ProviderState> providers, IReadOnlyDictionary<string, string> aliases)
    {
        Providers = providers;
        var names = new Dictionary<string, ModelTarget>(StringComparer.Ordinal);
        var listed = new List<ModelTarget>();
        var targets = providers.SelectMany(Targets).ToArray();

        // "provider/model" first: a name that says where a request goes must not be taken by what another provider lists.
        foreach (var target in targets)
        {
            names.TryAdd($"{target.Provider.Name}/{target.Name}", target);
        }

        // The provider whose name sorts first wins a plain name.
        listed.AddRange(targets.Where(target => names.TryAdd(target.Name, target)));

        foreach (var target in listed.Where(t => t.Name.EndsWith(LatestTag, StringComparison.Ordinal)))
        {
            names.TryAdd(target.Name[..^LatestTag.Length], target);
        }

        foreach (var (alias, name) in aliases)
        {
            if (names.TryGetValue(name, out var target))
            {
                var aliased = target with { Name = alias };
                names[alias] = aliased;
                listed.RemoveAll(t => t.Name == alias);
                listed.Add(aliased);
            }
        }

        _byName = names.ToFrozenDictionary(StringComparer.Ordinal);
        Models = listed.OrderBy(t => t.Name, StringComparer.Ordinal).ToArray();
    }

    /// <summary>Ollama's default tag: <c>llama3.2</c> means <c>llama3.2:latest</c>.</summary>
    private const string LatestTag = ":latest";

    public IReadOnlyList<ProviderState> Providers { get; }

    /// <summary>Every model once, ordered by name.</summary>
    public IReadOnlyList<ModelTarget> Models { get; }

    public ModelTarget? Find(string name) => _byName.GetValueOrDefault(name);

    private static IEnumerable<ModelTarget> Targets(ProviderState state)
    {
        foreach (var (name, options) in state.Options.Models)
        {
            var upstream = options.UpstreamName ?? name;
            var known = state.Listing.FirstOrDefault(m => m.Id == upstream);
            yield return new ModelTarget(name, state.Provider, upstream, known?.Created ?? 0, Owner(known));
        }

        foreach (var model in state.Options.Discover ? state.Listing : [])
        {
            if (!state.Options.Models.ContainsKey(model.Id))
            {
                yield return new ModelTarget(model.Id, state.Provider, model.Id, model.Created, Owner(model));
            }
        }

        string Owner(ListedModel? model) => model is { OwnedBy.Length: > 0 } ? model.OwnedBy : state.Provider.Name;
    }
}

/// <summary>
/// Holds the current <see cref="ModelSnapshot"/>. Requests read it by one volatile reference; whoever refreshes replaces it whole.
/// </summary>
public sealed class ModelDirectory
{
    private readonly IReadOnlyDictionary<string, string> _aliases;
    private readonly Lock _gate = new();
    private readonly Lock _publishing = new();

    /// <summary>For each provider, the number of the question that its state answers: questions may overtake each other.</summary>
    private readonly long[] _answered;
    private readonly TimeProvider _time;
    private volatile ModelSnapshot _current;
    private Task? _refresh;
    private long _asked;
    private long _refreshed;

    public ModelDirectory(IReadOnlyList<(IModelProvider Provider, ProviderOptions Options)> providers, IReadOnlyDictionary<string, string> aliases, TimeProvider time)
    {
        _aliases = aliases;
        _time = time;
        _answered = new long[providers.Count];
        _current = new ModelSnapshot([.. providers.Select(p => new ProviderState(p.Provider, p.Options, [], null))], aliases);
    }

    public ModelSnapshot Current => _current;

    /// <summary>True once every provider has been asked.</summary>
    public bool IsReady => Volatile.Read(ref _refreshed) != 0;

    /// <summary>
    /// Asks every provider for its models, all at once, and publishes what they said. Callers that come while this is under way
    /// share it.
    /// </summary>
    public Task RefreshAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_refresh is not { IsCompleted: false })
            {
                _refresh = RefreshOnceAsync();
            }

            return _refresh.WaitAsync(cancellationToken);
        }
    }

    /// <summary>
    /// The target named <paramref name="name"/>. An unknown name makes the directory look again, so that a model pulled a moment
    /// ago is found, but at most once in <paramref name="minInterval"/> however many unknown names arrive.
    /// </summary>
    public ValueTask<ModelTarget?> FindAsync(string name, TimeSpan minInterval, CancellationToken cancellationToken)
    {
        return _current.Find(name) is { } target ? ValueTask.FromResult<ModelTarget?>(target) : LookAgainAsync();

        async ValueTask<ModelTarget?> LookAgainAsync()
        {
            var last = Volatile.Read(ref _refreshed);
            if (last == 0 || (_time.GetElapsedTime(last) >= minInterval
                && Interlocked.CompareExchange(ref _refreshed, _time.GetTimestamp(), last) == last))
            {
                await RefreshAsync(cancellationToken);
            }

            return _current.Find(name);
        }
    }

    /// <summary>Asks one provider again, so that no other one can hold this up.</summary>
    internal Task RefreshAsync(string provider)
    {
        var index = _current.Providers.TakeWhile(p => p.Provider.Name != provider).Count();
        return index < _current.Providers.Count ? AskAsync(index) : Task.CompletedTask;
    }

    private async Task RefreshOnceAsync()
    {
        await Task.WhenAll(Enumerable.Range(0, _answered.Length).Select(AskAsync));
        Volatile.Write(ref _refreshed, _time.GetTimestamp());
    }

    /// <summary>Asks the provider at this place and publishes what it said, unless one that was asked later has answered already.</summary>
    private async Task AskAsync(int index)
    {
        var asked = Interlocked.Increment(ref _asked);
        await Task.Yield();
        var state = _current.Providers[index];
        // A provider that serves a fixed list is only probed.
        var listing = state.Options.Discover
            ? await state.Provider.ListModelsAsync(CancellationToken.None)
            : await state.Provider.ProbeAsync(CancellationToken.None) is { } error ? ModelListing.Failed(error) : null;
        lock (_publishing)
        {
            if (_answered[index] > asked)
            {
                return;
            }

            _answered[index] = asked;
            var states = _current.Providers.ToArray();
            states[index] = With(states[index], listing);
            _current = new ModelSnapshot(states, _aliases);
        }
    }

    /// <summary>The state with a new listing, or with the error that came instead; null when it was reached and not asked for models.</summary>
    private static ProviderState With(ProviderState state, ModelListing? listing) => listing switch
    {
        null => state with { Error = null },
        { Error: null } => state with { Listing = [.. listing.Models.Where(m => !string.IsNullOrEmpty(m.Id))], Error = null },
        _ => state with { Error = listing.Error },
    };
}
