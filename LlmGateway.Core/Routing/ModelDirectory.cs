using LlmGateway.Core.Providers;
using LlmGateway.Core.Resilience;

namespace LlmGateway.Core.Routing;

/// <summary>
/// Holds the current <see cref="ModelSnapshot"/>. Requests read it by one volatile reference; whoever refreshes replaces it whole.
/// </summary>
public sealed class ModelDirectory
{
    private readonly Lock _gate = new();
    private readonly Lock _publishing = new();

    /// <summary>For each provider, the number of the question that its state answers: questions may overtake each other.</summary>
    private readonly Dictionary<string, long> _answered = new(StringComparer.Ordinal);
    private readonly TargetRegistry _registry;
    private readonly TimeProvider _time;
    private IReadOnlyDictionary<string, AliasOptions> _aliases;
    private volatile ModelSnapshot _current;
    private Task? _refresh;
    private long _asked;
    private long _refreshed;

    public ModelDirectory(Catalogue catalogue, TargetRegistry registry, TimeProvider time)
    {
        _aliases = catalogue.Aliases;
        _registry = registry;
        _time = time;
        _current = new ModelSnapshot([.. catalogue.Providers.Select(p => new ProviderState(p, [], null))], _aliases, registry);
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
    /// The route named <paramref name="name"/>. An unknown name makes the directory look again, so that a model pulled a moment
    /// ago is found, but at most once in <paramref name="minInterval"/> however many unknown names arrive.
    /// </summary>
    public ValueTask<ModelRoute?> FindAsync(string name, TimeSpan minInterval, CancellationToken cancellationToken)
    {
        return _current.Route(name) is { } route ? ValueTask.FromResult<ModelRoute?>(route) : LookAgainAsync();

        async ValueTask<ModelRoute?> LookAgainAsync()
        {
            var last = Volatile.Read(ref _refreshed);
            if (last == 0 || (_time.GetElapsedTime(last) >= minInterval
                && Interlocked.CompareExchange(ref _refreshed, _time.GetTimestamp(), last) == last))
            {
                await RefreshAsync(cancellationToken);
            }
            else if (Running() is { } refresh)
            {
                // Another request looks already; what it finds is for this one too.
                await refresh.WaitAsync(cancellationToken);
            }

            return _current.Route(name);
        }
    }

    private Task? Running()
    {
        lock (_gate)
        {
            return _refresh is { IsCompleted: false } running ? running : null;
        }
    }

    /// <summary>
    /// Takes over another state of the configuration. What is known about a provider that stays is kept; a new one is asked for its
    /// models in the background.
    /// </summary>
    /// <returns>Completes when the new providers have been asked.</returns>
    internal Task ReplaceAsync(Catalogue catalogue)
    {
        ProviderState[] states;
        lock (_publishing)
        {
            var known = _current.Providers.ToDictionary(s => s.Provider.Name, StringComparer.Ordinal);
            states = [.. catalogue.Providers.Select(p => Take(p, known.GetValueOrDefault(p.Provider.Name)))];
            _aliases = catalogue.Aliases;
            Publish(states);
        }

        return Task.WhenAll(states.Where(s => s.CheckedAt is null).Select(s => AskAsync(s.Provider.Name)));
    }

    /// <summary>
    /// Where a provider stands under new settings. At the same address it has the same models until it has been asked again: none of
    /// them must be gone for a moment because a key or a price has changed.
    /// </summary>
    private static ProviderState Take(ConfiguredProvider provider, ProviderState? known) => known switch
    {
        null => new ProviderState(provider, [], null),
        _ when ReferenceEquals(known.Provider, provider.Provider) => known with { Source = provider },
        _ when known.Options.Type == provider.Options.Type && known.Options.BaseUrl == provider.Options.BaseUrl => new ProviderState(provider, known.Listing, null),
        _ => new ProviderState(provider, [], null),
    };

    /// <summary>Asks one provider again, so that no other one can hold this up.</summary>
    internal Task RefreshAsync(string provider) => _current.Providers.Any(p => p.Provider.Name == provider) ? AskAsync(provider) : Task.CompletedTask;

    private async Task RefreshOnceAsync()
    {
        await Task.WhenAll(_current.Providers.Select(p => AskAsync(p.Provider.Name)));
        Volatile.Write(ref _refreshed, _time.GetTimestamp());
    }

    /// <summary>Asks the provider of this name and publishes what it said, unless one that was asked later has answered already.</summary>
    private async Task AskAsync(string name)
    {
        var asked = Interlocked.Increment(ref _asked);
        await Task.Yield();
        if (_current.Providers.FirstOrDefault(p => p.Provider.Name == name) is not { } state)
        {
            return;
        }

        // A provider that serves a fixed list is only probed.
        var listing = state.Options.Discover
            ? await state.Provider.ListModelsAsync(CancellationToken.None)
            : await state.Provider.ProbeAsync(CancellationToken.None) is { } error ? ModelListing.Failed(error) : null;
        lock (_publishing)
        {
            var states = _current.Providers.ToArray();
            var index = Array.FindIndex(states, s => ReferenceEquals(s.Provider, state.Provider));
            if (index < 0 || _answered.GetValueOrDefault(name) > asked)
            {
                return;
            }

            _answered[name] = asked;
            states[index] = With(states[index], listing) with { CheckedAt = _time.GetUtcNow() };
            Publish(states);
        }
    }

    /// <summary>Call with the lock held.</summary>
    private void Publish(ProviderState[] states)
    {
        var snapshot = new ModelSnapshot(states, _aliases, _registry);
        _registry.Keep(snapshot.Targets.Select(t => t.State).ToHashSet());
        _current = snapshot;
    }

    /// <summary>The state with a new listing, or with the error that came instead; null when it was reached and not asked for models.</summary>
    private static ProviderState With(ProviderState state, ModelListing? listing) => listing switch
    {
        null => state with { Error = null },
        { Error: null } => state with { Listing = [.. listing.Models.Where(m => !string.IsNullOrEmpty(m.Id))], Error = null },
        _ => state with { Error = listing.Error },
    };
}
