using LlmGateway.Api.Errors;
using LlmGateway.Api.Hosting;
using LlmGateway.Api.Inference;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Routing;
using LlmGateway.Core.Sensitivity;
using Microsoft.Extensions.Options;

namespace LlmGateway.Api.Admin;

/// <summary>
/// <c>POST /admin/routing/explain</c>: what would be decided about a request now, and why. Takes the request as it would be sent to its
/// endpoint; nobody is asked for an answer.
/// </summary>
internal sealed class ExplainEndpoint(
    RequestBodyReader bodies, ModelDirectory directory, Router router, RoutingState routing, SensitivityPolicy sensitivity, TimeProvider time, IOptions<ServerOptions> options)
{
    private const string OperationName = "operation";
    private static readonly TimeSpan LookAgainInterval = TimeSpan.FromSeconds(2);

    private readonly int _maxDepth = options.Value.MaxJsonDepth;

    public async Task HandleAsync(HttpContext context)
    {
        using var body = new PooledBuffer();
        try
        {
            var error = await bodies.ReadAsync(context.Request, body) ?? await ExplainAsync(context, body);
            if (error is not null)
            {
                await ErrorResponse.WriteAsync(context, error);
            }
        }
        finally
        {
            bodies.Release(context, body);
        }
    }

    /// <summary>Writes the explanation, or gives back why there is none.</summary>
    private async ValueTask<GatewayError?> ExplainAsync(HttpContext context, PooledBuffer body)
    {
        if (OperationOf(context.Request.Query[OperationName]) is not { } operation)
        {
            return GatewayError.Invalid(
                OperationName, "invalid_value", $"Invalid value for '{OperationName}': supported values are 'chat', 'completions' and 'embeddings'.");
        }

        if (RequestReader.Read(operation, RequestBodyReader.Json(body), out var view, _maxDepth) is { } invalid)
        {
            return invalid;
        }

        if (RequestDirections.Read(context.Request.Headers, out var directions) is { } misdirected)
        {
            return misdirected;
        }

        // Looks again for an unknown model, as the router would.
        await directory.FindAsync(view.Model, LookAgainInterval, context.RequestAborted);
        var request = new GatewayRequest(RequestIdentity.Get(context), view, context.Features.Get<Caller>()!, context.RequestAborted)
        {
            StartTimestamp = time.GetTimestamp(),
            Sensitivity = directions.Sensitivity,
        };
        sensitivity.Judge(request);
        if (router.Explain(request) is not { } plan)
        {
            return Router.ModelNotFound(view.Model, directory.Current);
        }

        await ResponseBody.SendStateAsync(context, json => PlanDocument.Write(json, request, plan, routing.Current));
        return null;
    }

    private static Operation? OperationOf(Microsoft.Extensions.Primitives.StringValues names) => names.Count switch
    {
        0 => Operation.Chat,
        1 => names[0] switch
        {
            "chat" => Operation.Chat,
            "completions" => Operation.Completion,
            "embeddings" => Operation.Embeddings,
            _ => null,
        },
        _ => null,
    };
}
