using LlmGateway.Contracts.Fleet;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Providers;
using LlmGateway.Core.Telemetry;

namespace LlmGateway.Core.Routing;

/// <summary>The innermost part of the spine: finds who serves the model and calls it.</summary>
public sealed class Router(ModelDirectory directory, FleetState fleet, TimeProvider time)
{
    /// <summary>However many unknown models are asked for, providers are asked again at most this often.</summary>
    private static readonly TimeSpan LookAgainInterval = TimeSpan.FromSeconds(2);

    /// <summary>About how long it takes until a server that came back is seen.</summary>
    private static readonly TimeSpan RetryWhenGone = TimeSpan.FromSeconds(5);

    private const int LongestNameShown = 200;

    public ValueTask<GatewayAnswer> RouteAsync(GatewayRequest request)
    {
        var finding = directory.FindAsync(request.View.Model, LookAgainInterval, request.Aborted);
        return finding.IsCompletedSuccessfully ? CallAsync(request, finding.Result) : FindAndCallAsync(request, finding);
    }

    private async ValueTask<GatewayAnswer> FindAndCallAsync(GatewayRequest request, ValueTask<ModelTarget?> finding)
    {
        ModelTarget? target;
        try
        {
            target = await finding;
        }
        catch (OperationCanceledException) when (request.Aborted.IsCancellationRequested)
        {
            return new ErrorAnswer(new GatewayError(GatewayErrorCode.ClientClosedRequest, "The client closed the request."));
        }

        return await CallAsync(request, target);
    }

    private ValueTask<GatewayAnswer> CallAsync(GatewayRequest request, ModelTarget? target)
    {
        if (target is null)
        {
            return ValueTask.FromResult<GatewayAnswer>(new ErrorAnswer(ModelNotFound(request.View.Model)));
        }

        request.Provider = target.Provider.Name;
        request.UpstreamModel = target.UpstreamName;
        if (IsGone(target.Provider.Name))
        {
            return ValueTask.FromResult<GatewayAnswer>(new ErrorAnswer(new GatewayError(
                GatewayErrorCode.UpstreamUnavailable, $"Provider '{target.Provider.Name}' cannot be reached.") { RetryAfter = RetryWhenGone }));
        }

        request.Attempts++;
        Count(target);
        var call = new ProviderCall(request.View, target.UpstreamName, request.Aborted);
        if (request.UpstreamTimestamp == 0)
        {
            request.UpstreamTimestamp = time.GetTimestamp();
        }

        return request.View.Operation switch
        {
            Operation.Chat => target.Provider.ChatAsync(call),
            Operation.Completion => target.Provider.CompleteAsync(call),
            _ => target.Provider.EmbedAsync(call),
        };
    }

    private static void Count(ModelTarget target)
    {
        var counter = GatewayTelemetry.UpstreamRequests(target.Provider.Type);
        if (counter.Enabled)
        {
            counter.Add(1, new(GatewayTelemetry.ProviderNameTag, target.Provider.Name), new(GatewayTelemetry.ModelTag, target.UpstreamName));
        }
    }

    /// <summary>
    /// Whether waiting for this provider is in vain: the fleet says that its node is not reachable, and so did the gateway's own last
    /// look. When only one of them says so, it is the call that finds out.
    /// </summary>
    private bool IsGone(string provider)
    {
        if (fleet.Current.Node(provider) is not { Reachable: false })
        {
            return false;
        }

        foreach (var state in directory.Current.Providers)
        {
            if (state.Provider.Name == provider)
            {
                return state.Error is { Code: GatewayErrorCode.UpstreamUnavailable or GatewayErrorCode.UpstreamTimeout };
            }
        }

        return false;
    }

    /// <summary>The answer to a model that no provider serves.</summary>
    public static GatewayError ModelNotFound(string model) => new(
        GatewayErrorCode.ModelNotFound, $"The model '{Shorten(model)}' does not exist or is not served here. GET /v1/models lists what is.")
    {
        Param = "model",
    };

    private static string Shorten(string model) => model.Length > LongestNameShown ? string.Concat(model.AsSpan(0, LongestNameShown), "…") : model;
}
