using LlmGateway.Api.Errors;
using LlmGateway.Contracts.Failures;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace LlmGateway.Api.Hosting;

/// <summary>
/// The outermost middleware: gives every request its id, refuses oversized heads, and sees to it that whatever goes wrong inside
/// ends as an error document.
/// </summary>
internal sealed partial class EdgeMiddleware(
    RequestDelegate next, IOptions<ServerOptions> options, IHostApplicationLifetime lifetime, ILogger<EdgeMiddleware> logger)
{
    private readonly int _maxHeaders = options.Value.MaxRequestHeaders;
    private readonly CancellationToken _stopping = lifetime.ApplicationStopping;

    public async Task InvokeAsync(HttpContext context)
    {
        RequestIdentity.Assign(context);
        if (_stopping.IsCancellationRequested && HttpProtocol.IsHttp11(context.Request.Protocol))
        {
            // The client's next request shall go to another replica, over a new connection.
            context.Response.Headers.Connection = "close";
        }

        if (CountHeaders(context) is var count && count > _maxHeaders)
        {
            await ErrorResponse.WriteAsync(context, new GatewayError(
                GatewayErrorCode.HeadersTooLarge, $"The request has {count} headers; at most {_maxHeaders} are accepted."));
            return;
        }

        if (context.Request.Headers.Via is { Count: > 0 } via && !Hops.Enter(via.ToString()))
        {
            await ErrorResponse.WriteAsync(context, new GatewayError(GatewayErrorCode.LoopDetected, Hops.Explain()));
            return;
        }

        try
        {
            await next(context);
            await CompleteAsync(context);
        }
        catch (Exception e)
        {
            await HandleAsync(context, e);
        }
    }

    /// <summary>Statuses that routing sets without a body.</summary>
    private static ValueTask CompleteAsync(HttpContext context)
    {
        if (context.Response.HasStarted || context.Response.ContentLength is not null || context.Response.ContentType is not null)
        {
            return ValueTask.CompletedTask;
        }

        var request = context.Request;
        if (context.Response.StatusCode == StatusCodes.Status404NotFound && UnknownPaths.WantsPage(request))
        {
            context.Response.Redirect("/docs");
            return ValueTask.CompletedTask;
        }

        return context.Response.StatusCode switch
        {
            StatusCodes.Status404NotFound => ErrorResponse.WriteAsync(context, new GatewayError(
                GatewayErrorCode.RouteNotFound, $"Unknown request URL: {request.Method} {request.Path}.{UnknownPaths.Hint(request.Path)} GET /docs lists what there is.")),
            StatusCodes.Status405MethodNotAllowed => ErrorResponse.WriteAsync(context, new GatewayError(
                GatewayErrorCode.MethodNotAllowed, $"{request.Method} is not allowed on {request.Path}; allowed: {context.Response.Headers.Allow}.")),
            StatusCodes.Status415UnsupportedMediaType => ErrorResponse.WriteAsync(context, new GatewayError(
                GatewayErrorCode.UnsupportedMediaType, "The content type is not supported; send application/json.")),
            _ => ValueTask.CompletedTask,
        };
    }

    private async Task HandleAsync(HttpContext context, Exception e)
    {
        if (context.RequestAborted.IsCancellationRequested || e is ConnectionResetException)
        {
            // Said once more for a reset in the middle of a body: Kestrel would try to read the rest and log that it cannot.
            context.Abort();
            return;
        }

        if (context.Response.HasStarted)
        {
            // What has been sent cannot be taken back: break the connection, so that it cannot pass for a whole answer.
            Defects.Note(logger, e);
            LogBroken(e, context.TraceIdentifier);
            context.Abort();
            return;
        }

        if (e is BadHttpRequestException bad)
        {
            await ErrorResponse.WriteAsync(context, ToError(bad));
            return;
        }

        Defects.Report(logger, e);
        LogFailed(context.TraceIdentifier);
        await ErrorResponse.WriteAsync(context, new GatewayError(
            GatewayErrorCode.Internal, $"The gateway failed to handle the request. Quote request id {context.TraceIdentifier} when you report it."));
    }

    private static GatewayError ToError(BadHttpRequestException e) => e.StatusCode switch
    {
        StatusCodes.Status408RequestTimeout => new(GatewayErrorCode.RequestTimeout, "The request body arrived too slowly."),
        StatusCodes.Status413PayloadTooLarge => new(GatewayErrorCode.RequestTooLarge, "The request body is too large."),
        _ => new(GatewayErrorCode.InvalidRequest, "The HTTP request is malformed.") { Detail = "malformed_request" },
    };

    /// <summary>Header lines: a name may come many times.</summary>
    private static int CountHeaders(HttpContext context)
    {
        var count = 0;
        foreach (var header in context.Request.Headers)
        {
            count += header.Value.Count;
        }

        return count;
    }

    [LoggerMessage(LogLevel.Error, "Request {RequestId} failed of a defect")]
    private partial void LogFailed(string requestId);

    [LoggerMessage(LogLevel.Error, "Request {RequestId} failed after its answer had begun; the connection was closed")]
    private partial void LogBroken(Exception e, string requestId);
}
