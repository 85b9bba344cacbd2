using LlmGateway.Contracts.Fleet;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Resilience;
using LlmGateway.Core.Routing.Strategies;

namespace LlmGateway.Core.Routing;

/// <summary>
/// Decides whom a request may be sent to and in which order: filter, score, order. Looks at the request, the catalogue, the fleet and
/// what has been learned from calling targets; changes nothing and waits for nothing.
/// </summary>
internal sealed class RoutePlanner(FleetState fleet, Random random)
{
    /// <summary>Bytes of prompt for one token: an estimate that puts targets in order and never turns a request away.</summary>
    private const int BytesPerToken = 4;

    /// <summary>About how long it takes until a server that came back is seen.</summary>
    private static readonly TimeSpan RetryWhenGone = TimeSpan.FromSeconds(5);

    public RoutePlan Plan(GatewayRequest request, ModelRoute route, ModelSnapshot models, RoutingOptions options)
    {
        var steps = FallbacksOf(request, route, options);
        if (route.OnlyTarget is { } only && steps.Count == 0)
        {
            var rejection = Reject(request, route, route.Targets[0], models);
            return rejection is null ? only : new RoutePlan(RoutePlan.OnlyOne, [], [rejection]);
        }

        var strategy = RoutingStrategies.Get(route.Strategy ?? options.Strategy);
        var context = new RoutingContext(request.View, EstimateTokens(request.View), fleet.Current, random);
        var candidates = new List<Candidate>();
        var rejected = new List<Rejection>();
        Add(request, route, null);
        foreach (var step in steps)
        {
            if (step.Model is null)
            {
                Add(request, route, step);
            }
            else if (models.Route(step.Model) is { } other)
            {
                Add(request, other, step);
            }
        }

        return new RoutePlan(strategy.Name, candidates, rejected);

        void Add(GatewayRequest request, ModelRoute from, FallbackOptions? step)
        {
            var allowed = new List<ModelTarget>(from.Targets.Count);
            foreach (var target in from.Targets)
            {
                // A target comes once, unless a step asks it something else.
                if (candidates.Any(c => ReferenceEquals(c.Target.State, target.State) && (step is null || step.Model is not null)))
                {
                    continue;
                }

                if (Reject(request, from, target, models) is not { } rejection)
                {
                    allowed.Add(target);
                }
                else if (!rejected.Any(r => ReferenceEquals(r.Target.State, target.State)))
                {
                    rejected.Add(rejection);
                }
            }

            candidates.AddRange(Order(allowed, strategy, context).Select(c => c with { Fallback = step }));
        }
    }

    /// <summary>Prompt tokens as far as the bytes tell; images are left out.</summary>
    public static long EstimateTokens(RequestView view) => view.HasImages ? 0 : view.ContentValue.Length / BytesPerToken;

    /// <summary>What is meant for every model is not meant for embeddings: vectors of one model cannot be compared with another's.</summary>
    private static List<FallbackOptions> FallbacksOf(GatewayRequest request, ModelRoute route, RoutingOptions options) =>
        options.EnableFallbacks && options.Fallbacks.Count > 0
            && (options.Fallbacks.TryGetValue(route.Name, out var steps)
                || (request.View.Operation != Operation.Embeddings && options.Fallbacks.TryGetValue("*", out steps)))
            ? steps
            : [];

    /// <summary>
    /// In the strategy's order. Whom the prompt probably does not fit, who rests and who is full comes after the others, in this order.
    /// </summary>
    private static IEnumerable<Candidate> Order(List<ModelTarget> targets, IRoutingStrategy strategy, RoutingContext context)
    {
        var array = targets.ToArray();
        var scores = new double[array.Length];
        strategy.Score(array, scores, context);
        var needed = context.PromptTokens + (context.View.MaxTokens ?? 0);
        return array
            .Select((target, i) => new Candidate(target, null, scores[i]))
            .OrderBy(c => c.Target.ContextLength is { } length && needed > length)
            .ThenBy(c => c.Target.State.RemainingCoolDown)
            .ThenBy(c => c.Target.State.Admission.IsBusy)
            .ThenBy(c => c.Score);
    }

    /// <summary>Why the target may not be asked; null when it may.</summary>
    private Rejection? Reject(GatewayRequest request, ModelRoute route, ModelTarget target, ModelSnapshot models)
    {
        if (request.OnlyProvider is { } only && target.Group != only)
        {
            return new Rejection(target, RejectReasons.Provider);
        }

        if (!request.Caller.MayUse(route.Name, target))
        {
            return new Rejection(target, RejectReasons.Permission);
        }

        if (target.Security < request.Sensitivity.Required)
        {
            return new Rejection(target, RejectReasons.Security);
        }

        // What an unknown model can do is only guessed at where the gateway chooses it.
        var capabilities = target.Capabilities ?? (route.Name == ModelSnapshot.Auto ? CapabilityNames.Guess(target.UpstreamName) : null);
        if (capabilities is { } able && (CapabilityNames.Needed(request.View) & ~able) != 0)
        {
            return new Rejection(target, RejectReasons.Capability);
        }

        if (target.ContextLength is { } length && request.View.MaxTokens > length)
        {
            return new Rejection(target, RejectReasons.ContextLength);
        }

        if (target.State.RemainingBreakFor(request.Caller.KeyId) is var left && left > TimeSpan.Zero)
        {
            return new Rejection(target, RejectReasons.CircuitOpen, left);
        }

        return IsGone(target, models) ? new Rejection(target, RejectReasons.Unreachable, RetryWhenGone) : null;
    }

    /// <summary>
    /// Whether waiting for this provider is in vain: the fleet says that its node is not reachable, and so did the gateway's own last
    /// look. When only one of them says so, it is the call that finds out.
    /// </summary>
    private bool IsGone(ModelTarget target, ModelSnapshot models)
    {
        if (fleet.Current.Node(target.Node) is not { Reachable: false })
        {
            return false;
        }

        foreach (var state in models.Providers)
        {
            if (ReferenceEquals(state.Provider, target.Provider))
            {
                return state.Error is { Code: GatewayErrorCode.UpstreamUnavailable or GatewayErrorCode.UpstreamTimeout };
            }
        }

        return false;
    }
}
