using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Protocol;
using Microsoft.AspNetCore.WebUtilities;

namespace LlmGateway.Api.Errors;

/// <summary>
/// Writes an error as the whole answer to a request: an OpenAI error object, or problem details (RFC 9457) where no OpenAI client
/// comes.
/// </summary>
internal static class ErrorResponse
{
    private static readonly PathString[] ProblemPaths = ["/admin", "/query", "/stream", "/embeddings", "/providers", "/health/detailed"];

    // As in OpenAI's errors: read by people and JSON parsers, never placed into a page.
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static async ValueTask WriteAsync(HttpContext context, GatewayError error)
    {
        using var body = new PooledBuffer();
        var isProblem = IsProblem(context.Request.Path);
        if (isProblem)
        {
            WriteProblem(context, error, body);
        }
        else
        {
            ErrorMapper.Write(error, body);
        }

        var response = context.Response;
        response.StatusCode = ErrorMapper.Status(error);
        response.ContentType = isProblem ? "application/problem+json" : "application/json";
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

    private static bool IsProblem(PathString path)
    {
        foreach (var prefix in ProblemPaths)
        {
            if (path.StartsWithSegments(prefix))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The type <c>about:blank</c> says that the problem is the status, no more; <c>code</c> tells programs the rest.</summary>
    private static void WriteProblem(HttpContext context, GatewayError error, PooledBuffer body)
    {
        var status = ErrorMapper.Status(error);
        using var json = new Utf8JsonWriter(body, WriterOptions);
        json.WriteStartObject();
        json.WriteString("type"u8, "about:blank"u8);
        json.WriteString("title"u8, ReasonPhrases.GetReasonPhrase(status));
        json.WriteNumber("status"u8, status);
        json.WriteString("detail"u8, error.Message);
        json.WriteString("code"u8, ErrorMapper.Code(error));
        if (error.Param is { } param)
        {
            json.WriteString("param"u8, param);
        }

        json.WriteString("requestId"u8, context.TraceIdentifier);
        json.WriteEndObject();
    }
}
