using LlmGateway.Core.Resilience;
using LlmGateway.Core.Routing;
using LlmGateway.Core.Sensitivity;

namespace LlmGateway.Api.Providers;

/// <summary>Whether a provider can be used.</summary>
internal enum ProviderStatus
{
    /// <summary>It has not been asked yet.</summary>
    Unknown,
    Available,

    /// <summary>Some of its servers cannot be used, or some of its models have failed too often of late.</summary>
    Degraded,
    Unavailable,
}

/// <summary>What is known of one provider, all its servers and models together.</summary>
internal sealed class ProviderSummary
{
    private static readonly CircuitPosition[] ByWeight = [CircuitPosition.Open, CircuitPosition.HalfOpen, CircuitPosition.Closed];

    private ProviderSummary(string name, ProviderState[] servers, ModelTarget[] targets, ModelTarget? preferred, RoutingOptions routing)
    {
        Name = name;
        Servers = servers;
        Targets = targets;
        Preferred = preferred;
        var circuits = routing.CircuitBreaker.Enabled ? targets.Select(t => t.State.Circuit ?? CircuitPosition.Closed).ToArray() : [];
        Circuit = circuits.Length == 0 ? null : ByWeight.First(circuits.Contains);
        Status = StatusOf(servers, circuits);
    }

    public string Name { get; }

    /// <summary>One, or one for each of its endpoints.</summary>
    public IReadOnlyList<ProviderState> Servers { get; }

    /// <summary>Its models; one that several of its servers have counts once for each.</summary>
    public IReadOnlyList<ModelTarget> Targets { get; }

    /// <summary>The chat model that it is asked for when nobody names one.</summary>
    public ModelTarget? Preferred { get; }

    public ProviderStatus Status { get; }

    /// <summary>The worst position among its circuits; null when there are none.</summary>
    public CircuitPosition? Circuit { get; }

    public bool IsLocal => Servers[0].Source.IsLocal;

    /// <summary>The least trusted of its servers.</summary>
    public SecurityLevel Security => Servers.Min(s => s.Source.Security);

    /// <summary>When one of its servers was last asked, in Unix seconds; null before the first time.</summary>
    public decimal? CheckedAt => Seconds(Servers.Max(s => s.CheckedAt));

    /// <summary>Every provider, in the order of the configuration.</summary>
    public static IEnumerable<ProviderSummary> Of(ModelSnapshot models, RoutingOptions routing)
    {
        var targets = models.Targets.ToLookup(t => t.Group, StringComparer.Ordinal);
        return models.Providers.GroupBy(p => p.Source.Group, StringComparer.Ordinal).Select(group => new ProviderSummary(
            group.Key, [.. group], [.. targets[group.Key]], models.Preferred(group.Key, ModelCapabilities.Chat), routing));
    }

    /// <summary>Unix time in seconds, to the millisecond.</summary>
    public static decimal? Seconds(DateTimeOffset? time) => time?.ToUnixTimeMilliseconds() / 1000m;

    private static ProviderStatus StatusOf(ProviderState[] servers, CircuitPosition[] circuits)
    {
        if (servers.All(s => s.CheckedAt is null))
        {
            return ProviderStatus.Unknown;
        }

        var failing = servers.Count(s => s.Error is not null);
        if (failing == servers.Length || (circuits.Length > 0 && circuits.All(c => c == CircuitPosition.Open)))
        {
            return ProviderStatus.Unavailable;
        }

        return failing > 0 || circuits.Any(c => c != CircuitPosition.Closed) ? ProviderStatus.Degraded : ProviderStatus.Available;
    }
}
