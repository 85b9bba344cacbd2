using System.Globalization;
using LlmGateway.Core.Pipeline;

namespace LlmGateway.Api.Hosting;

/// <summary>One line for each request, when it has ended. Added only where it is switched on.</summary>
internal sealed partial class AccessLog(RequestDelegate next, TimeProvider time, ILogger<AccessLog> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var started = time.GetTimestamp();
        try
        {
            await next(context);
        }
        finally
        {
            Write(context, time.GetElapsedTime(started));
        }
    }

    private void Write(HttpContext context, TimeSpan duration)
    {
        var request = context.Features.Get<GatewayRequest>();
        var outcome = request?.Outcome;
        Log(
            context.TraceIdentifier, context.Request.Method, context.Request.Path, context.Response.StatusCode, (long)duration.TotalMilliseconds,
            context.Features.Get<Caller>()?.KeyId, request?.View.Model, request?.Provider, outcome?.Usage?.PromptTokens, outcome?.Usage?.CompletionTokens,
            outcome?.Cost.ToString("0.########", CultureInfo.InvariantCulture), outcome?.Error?.Code.ToString());
    }

    [LoggerMessage(
        LogLevel.Information,
        "{RequestId} {Method} {Path} {Status} {DurationMs} ms; key: {Key}, model: {Model}, provider: {Provider}, prompt tokens: {PromptTokens}, completion tokens: {CompletionTokens}, cost: {Cost}, error: {Error}")]
    private partial void Log(
        string requestId, string method, string path, int status, long durationMs, string? key, string? model, string? provider, long? promptTokens,
        long? completionTokens, string? cost, string? error);
}
