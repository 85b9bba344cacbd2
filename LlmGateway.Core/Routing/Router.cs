using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Providers;

namespace LlmGateway.Core.Routing;

/// <summary>The innermost part of the spine: finds who serves the model and calls it.</summary>
public sealed class Router(ModelDirectory directory)
{
    /// <summary>However many unknown models are asked for, providers are asked again at most this often.</summary>
    private static readonly TimeSpan LookAgainInterval = TimeSpan.FromSeconds(2);

    private const int LongestNameShown = 200;

    public ValueTask<GatewayAnswer> RouteAsync(GatewayRequest request)
    {
        var finding = directory.FindAsync(request.View.Model, LookAgainInterval, request.Aborted);
        return finding.IsCompletedSuccessfully ? CallAsync(request, finding.Result) : FindAndCallAsync(request, finding);
    }

    private static async ValueTask<GatewayAnswer> FindAndCallAsync(GatewayRequest request, ValueTask<ModelTarget?> finding)
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

    private static ValueTask<GatewayAnswer> CallAsync(GatewayRequest request, ModelTarget? target)
    {
        if (target is null)
        {
            return ValueTask.FromResult<GatewayAnswer>(new ErrorAnswer(ModelNotFound(request.View.Model)));
        }

        request.Provider = target.Provider.Name;
        request.UpstreamModel = target.UpstreamName;
        request.Attempts++;
        var call = new ProviderCall(request.View, target.UpstreamName, request.Aborted);
        return request.View.Operation switch
        {
            Operation.Chat => target.Provider.ChatAsync(call),
            Operation.Completion => target.Provider.CompleteAsync(call),
            _ => target.Provider.EmbedAsync(call),
        };
    }

    /// <summary>The answer to a model that no provider serves.</summary>
    public static GatewayError ModelNotFound(string model) => new(
        GatewayErrorCode.ModelNotFound, $"The model '{Shorten(model)}' does not exist or is not served here. GET /v1/models lists what is.")
    {
        Param = "model",
    };

    private static string Shorten(string model) => model.Length > LongestNameShown ? string.Concat(model.AsSpan(0, LongestNameShown), "…") : model;
}
