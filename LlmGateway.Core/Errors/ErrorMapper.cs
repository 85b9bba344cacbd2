using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace LlmGateway.Core.Errors;

/// <summary>
/// The one place where an error becomes an HTTP status and an OpenAI error object:
/// <c>{"error":{"message":…,"type":…,"param":…,"code":…}}</c>, all four always present
/// (source: the ErrorResponse schema of OpenAI's published API description).
/// </summary>
public static class ErrorMapper
{
    private const string InvalidRequestType = "invalid_request_error";
    private const string UpstreamType = "upstream_error";

    // Read by people and JSON parsers, never placed into a page: quotes and umlauts stay what they are.
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The HTTP status of <paramref name="error"/>.</summary>
    public static int Status(GatewayError error) =>
        error.Code == GatewayErrorCode.UpstreamRejected && error.UpstreamStatus is { } status ? status : Map(error.Code).Status;

    /// <summary>The <c>type</c> of the error object.</summary>
    public static string Type(GatewayError error) => Map(error.Code).Type;

    /// <summary>The <c>code</c> of the error object.</summary>
    public static string Code(GatewayError error) => error.Detail ?? Map(error.Code).Code;

    /// <summary>What happened, from a closed set of names: for metrics, where a provider's own codes would make endless series.</summary>
    public static string Kind(GatewayError error) => Map(error.Code).Code;

    /// <summary>Writes the error document; a provider's own document is passed on as it is.</summary>
    public static void Write(GatewayError error, IBufferWriter<byte> output)
    {
        if (!error.UpstreamBody.IsEmpty)
        {
            output.Write(error.UpstreamBody.Span);
            return;
        }

        using var json = new Utf8JsonWriter(output, WriterOptions);
        json.WriteStartObject();
        json.WriteStartObject("error"u8);
        json.WriteString("message"u8, error.Message);
        json.WriteString("type"u8, Type(error));
        json.WriteString("param"u8, error.Param);
        json.WriteString("code"u8, Code(error));
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>The error document as text, for where it is kept.</summary>
    public static string Document(GatewayError error)
    {
        var output = new ArrayBufferWriter<byte>();
        Write(error, output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static (int Status, string Type, string Code) Map(GatewayErrorCode code) => code switch
    {
        GatewayErrorCode.InvalidJson => (400, InvalidRequestType, "invalid_json"),
        GatewayErrorCode.InvalidRequest => (400, InvalidRequestType, "invalid_value"),
        GatewayErrorCode.MissingApiKey => (401, InvalidRequestType, "missing_api_key"),
        GatewayErrorCode.InvalidApiKey => (401, InvalidRequestType, "invalid_api_key"),
        GatewayErrorCode.Forbidden => (403, "permission_error", "forbidden"),
        GatewayErrorCode.RouteNotFound => (404, InvalidRequestType, "unknown_url"),
        GatewayErrorCode.MethodNotAllowed => (405, InvalidRequestType, "method_not_supported"),
        GatewayErrorCode.ModelNotFound => (404, InvalidRequestType, "model_not_found"),
        GatewayErrorCode.UnsupportedMediaType => (415, InvalidRequestType, "unsupported_content_type"),
        GatewayErrorCode.RequestTooLarge => (413, InvalidRequestType, "request_too_large"),
        GatewayErrorCode.HeadersTooLarge => (431, InvalidRequestType, "request_headers_too_large"),
        GatewayErrorCode.RequestTimeout => (408, InvalidRequestType, "request_timeout"),
        GatewayErrorCode.ClientClosedRequest => (499, InvalidRequestType, "client_closed_request"),
        GatewayErrorCode.UnsupportedOperation => (400, InvalidRequestType, "unsupported_operation"),
        GatewayErrorCode.ContextLengthExceeded => (400, InvalidRequestType, "context_length_exceeded"),
        GatewayErrorCode.Overloaded => (503, "server_error", "overloaded"),
        GatewayErrorCode.SensitiveContent => (403, "permission_error", "sensitive_content_no_secure_provider"),
        GatewayErrorCode.DependencyUnavailable => (503, "server_error", "dependency_unavailable"),
        GatewayErrorCode.NotFound => (404, InvalidRequestType, "not_found"),
        GatewayErrorCode.Conflict => (409, InvalidRequestType, "conflict"),
        GatewayErrorCode.IdempotencyConflict => (422, InvalidRequestType, "idempotency_key_reused"),
        GatewayErrorCode.JobTimeout => (504, "server_error", "job_timeout"),
        GatewayErrorCode.WorkerLost => (503, "server_error", "worker_lost"),
        GatewayErrorCode.JobExpired => (410, InvalidRequestType, "job_expired"),
        GatewayErrorCode.JobCancelled => (409, InvalidRequestType, "job_cancelled"),
        GatewayErrorCode.LoopDetected => (508, "server_error", "loop_detected"),
        GatewayErrorCode.UpstreamRejected => (400, InvalidRequestType, "upstream_rejected"),
        GatewayErrorCode.UpstreamRateLimited => (429, "rate_limit_error", "upstream_rate_limited"),
        GatewayErrorCode.UpstreamCredentials => (502, UpstreamType, "upstream_credentials_rejected"),
        GatewayErrorCode.UpstreamCredentialsExhausted => (502, UpstreamType, "upstream_credentials_exhausted"),
        GatewayErrorCode.UpstreamUnavailable => (503, UpstreamType, "upstream_unavailable"),
        GatewayErrorCode.UpstreamTimeout => (504, UpstreamType, "upstream_timeout"),
        GatewayErrorCode.UpstreamError => (502, UpstreamType, "upstream_error"),
        GatewayErrorCode.UpstreamInvalidResponse => (502, UpstreamType, "upstream_invalid_response"),
        GatewayErrorCode.UpstreamInterrupted => (502, UpstreamType, "upstream_interrupted"),
        _ => (500, "server_error", "internal_error"),
    };
}
