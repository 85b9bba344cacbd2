using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Resilience;
using LlmGateway.Core.Routing.Strategies;
using LlmGateway.Core.Sensitivity;
using Microsoft.Extensions.Logging;

namespace LlmGateway.Core.Routing;

/// <summary>The innermost part of the spine: finds who serves the model, decides in which order they are asked, and asks them.</summary>
public sealed class Router
{
    /// <summary>However many unknown models are asked for, providers are asked again at most this often.</summary>
    private static readonly TimeSpan LookAgainInterval = TimeSpan.FromSeconds(2);

    private const int LongestNameShown = 200;

    private readonly ModelDirectory _directory;
    private readonly RoutingState _settings;
    private readonly RoutePlanner _planner;
    private readonly TargetCaller _caller;
    private readonly TimeProvider _time;
    private readonly Random _random;
    private readonly SensitivityPolicy? _policy;

    internal Router(ModelDirectory directory, RoutingState settings, RoutePlanner planner, TimeProvider time, Random random, SensitivityPolicy? policy = null, ILogger<Router>? logger = null)
    {
        _policy = policy;
        _directory = directory;
        _settings = settings;
        _planner = planner;
        _caller = new TargetCaller(time, logger);
        _time = time;
        _random = random;
    }

    public ValueTask<GatewayAnswer> RouteAsync(GatewayRequest request)
    {
        var finding = _directory.FindAsync(request.View.Model, LookAgainInterval, request.Aborted);
        return finding.IsCompletedSuccessfully ? CallAsync(request, finding.Result) : FindAndCallAsync(request, finding);
    }

    /// <summary>What would be decided about this request now, without asking anybody; null when no provider serves the model.</summary>
    public RoutePlan? Explain(GatewayRequest request)
    {
        _policy?.RequireClassified(request);
        var models = _directory.Current;
        return models.Route(request.View.Model) is { } route ? _planner.Plan(request, route, models, _settings.Current) : null;
    }

    /// <summary>What the client is told when a plan has no candidate; null when it has one.</summary>
    public static GatewayError? Refusal(GatewayRequest request, RoutePlan plan) => plan.Candidates.Count == 0 ? RouteRefusal.Explain(request, plan) : null;

    /// <summary>Tokens of the prompt as far as its bytes tell; good enough to compare targets, not to charge for.</summary>
    public static long EstimatePromptTokens(RequestView view) => RoutePlanner.EstimateTokens(view);

    /// <summary>What this request would cost there, in US dollars, with an answer of usual length; null when the prices are unknown.</summary>
    public static decimal? EstimateCost(RequestView view, ModelTarget target) => CostStrategy.Estimate(target, view, RoutePlanner.EstimateTokens(view));

    private async ValueTask<GatewayAnswer> FindAndCallAsync(GatewayRequest request, ValueTask<ModelRoute?> finding)
    {
        ModelRoute? route;
        try
        {
            route = await finding;
        }
        catch (OperationCanceledException) when (request.Aborted.IsCancellationRequested)
        {
            return new ErrorAnswer(new GatewayError(GatewayErrorCode.ClientClosedRequest, "The client closed the request."));
        }

        return await CallAsync(request, route);
    }

    private ValueTask<GatewayAnswer> CallAsync(GatewayRequest request, ModelRoute? route)
    {
        if (route is null)
        {
            return ValueTask.FromResult<GatewayAnswer>(new ErrorAnswer(ModelNotFound(request.View.Model, _directory.Current)));
        }

        _policy?.RequireClassified(request);
        var settings = _settings.Current;
        request.StreamMode ??= StreamModes.Read(settings.StreamMode) ?? StreamMode.Passthrough;
        var plan = _planner.Plan(request, route, _directory.Current, settings);
        request.Plan = plan;
        if (plan.Candidates.Count == 0)
        {
            // Whoever was meant is named, but nobody who must not be asked at all.
            if (plan.Rejected.FirstOrDefault(r => r.Reason is not (RejectReasons.Security or RejectReasons.Provider or RejectReasons.Permission)) is { Target: var meant })
            {
                (request.Provider, request.UpstreamModel) = (meant.Group, meant.UpstreamName);
            }

            return ValueTask.FromResult<GatewayAnswer>(new ErrorAnswer(RouteRefusal.Explain(request, plan)));
        }

        return new FailoverRun(request, plan, settings, _caller, _time, _random).RunAsync();
    }

    /// <summary>The same, which names what an alias stands for.</summary>
    public static GatewayError ModelNotFound(string model, ModelSnapshot models) => models.Aliases.GetValueOrDefault(model) is { Targets: var targets }
        ? ModelNotFound(model) with { Message = $"'{Shorten(model)}' is an alias for {string.Join(", ", targets.Select(t => $"'{Shorten(t)}'"))}, which no provider serves." }
        : ModelNotFound(model);

    /// <summary>The answer to a model that no provider serves.</summary>
    public static GatewayError ModelNotFound(string model) => new(
        GatewayErrorCode.ModelNotFound, $"The model '{Shorten(model)}' does not exist or is not served here. GET /v1/models lists what is.")
    {
        Param = "model",
    };

    private static string Shorten(string model) => model.Length > LongestNameShown ? string.Concat(model.AsSpan(0, LongestNameShown), "…") : model;
}
