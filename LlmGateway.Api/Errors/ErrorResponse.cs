using System.Globalization;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Api.Errors;

/// <summary>Writes an error as the whole answer to a request.</summary>
internal static class ErrorResponse
{
    public static async ValueTask WriteAsync(HttpContext context, GatewayError error)
    {
        using var body = new PooledBuffer();
        ErrorMapper.Write(error, body);

        var response = context.Response;
        response.StatusCode = ErrorMapper.Status(error);
        response.ContentType = "application/json";
        response.ContentLength = body.Length;
        switch (error.Code)
        {
            case GatewayErrorCode.MissingApiKey or GatewayErrorCode.InvalidApiKey:
                response.Headers.WWWAuthenticate = "Bearer";
                break;
            case GatewayErrorCode.RequestTooLarge or GatewayErrorCode.RequestTimeout:
                // The rest of the body is not worth waiting for.
                response.Headers.Connection = "close";
                break;
        }

        if (error.RetryAfter is { } delay)
        {
            response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(delay.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.BodyWriter.WriteAsync(body.Written);
        }
    }
}
