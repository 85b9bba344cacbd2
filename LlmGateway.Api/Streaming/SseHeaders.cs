using Microsoft.AspNetCore.Http.Features;

namespace LlmGateway.Api.Streaming;

/// <summary>What every answer of server-sent events has in common.</summary>
internal static class SseHeaders
{
    public static void Set(HttpContext context)
    {
        var response = context.Response;
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers.CacheControl = "no-cache";
        // nginx and its kin hold answers back unless told not to.
        response.Headers["X-Accel-Buffering"] = "no";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
    }
}
