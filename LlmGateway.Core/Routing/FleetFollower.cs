using LlmGateway.Contracts.Fleet;
using Microsoft.Extensions.Hosting;

namespace LlmGateway.Core.Routing;

/// <summary>
/// Has a provider asked again when the fleet's node of its name shows other models than the <see cref="ModelDirectory"/> knows, or
/// another reachability: a model that was pulled can be asked for within seconds everywhere. Driven by <see cref="FleetState"/>,
/// which is replaced about every second; works on that thread and leaves the asking to others.
/// </summary>
internal sealed class FleetFollower(FleetState fleet, ModelDirectory directory, TimeProvider time) : IHostedService
{
    /// <summary>A provider is asked at most this often.</summary>
    private static readonly TimeSpan ShortestInterval = TimeSpan.FromSeconds(1);

    /// <summary>How often one difference is looked into: the two may never agree, such as when only one of them reaches the node.</summary>
    private const int AttemptsPerDifference = 3;

    private readonly Dictionary<string, Followed> _followed = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    public Task StartAsync(CancellationToken cancellationToken)
    {
        fleet.Changed += Follow;
        Follow(fleet.Current);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        fleet.Changed -= Follow;
        return Task.CompletedTask;
    }

    private void Follow(FleetView view)
    {
        if (view.Nodes.Count == 0)
        {
            return;
        }

        // Only the refresher's thread comes here, and the start once: never a request.
        lock (_gate)
        {
            foreach (var state in directory.Current.Providers)
            {
                if (view.Node(state.Source.Node) is { } node)
                {
                    Follow(state, node);
                }
            }
        }
    }

    private void Follow(ProviderState state, NodeModels node)
    {
        var name = state.Provider.Name;
        if (!_followed.TryGetValue(name, out var followed))
        {
            _followed[name] = followed = new Followed();
        }

        var models = (node.Models ?? []).Select(m => m.Name).OfType<string>().ToHashSet(StringComparer.Ordinal);
        if (followed.Reachable != node.Reachable || !models.SetEquals(followed.Models))
        {
            followed.Reachable = node.Reachable;
            followed.Models = models;
            followed.AttemptsLeft = AttemptsPerDifference;
        }

        if (Agrees(state, node, models) || followed.AttemptsLeft == 0 || followed.Asking is { IsCompleted: false }
            || (followed.AskedAt is { } asked && time.GetElapsedTime(asked) < ShortestInterval))
        {
            return;
        }

        followed.AttemptsLeft--;
        followed.AskedAt = time.GetTimestamp();
        followed.Asking = directory.RefreshAsync(name);
    }

    private static bool Agrees(ProviderState state, NodeModels node, HashSet<string> models)
    {
        if (node.Reachable != (state.Error is null))
        {
            return false;
        }

        return !node.Reachable || !state.Options.Discover || models.SetEquals(state.Listing.Select(m => m.Id));
    }

    /// <summary>What is remembered of one provider.</summary>
    private sealed class Followed
    {
        public bool? Reachable { get; set; }

        public HashSet<string> Models { get; set; } = [];

        public int AttemptsLeft { get; set; }

        public long? AskedAt { get; set; }

        public Task? Asking { get; set; }
    }
}
