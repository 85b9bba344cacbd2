using System.Net;
using System.Text.Json;
using LlmGateway.Core.Errors;

namespace LlmGateway.Providers.Http;

/// <summary>Reads what a provider says when it refuses: OpenAI's error object, and the shapes that servers in the field send instead.</summary>
internal static class UpstreamErrorReader
{
    private const int MaxMessageLength = 1000;

    /// <summary>Some providers' own word for having too much to do (source: Anthropic's <c>overloaded_error</c>).</summary>
    private const HttpStatusCode ProviderOverloaded = (HttpStatusCode)529;

    /// <param name="provider">Name of the provider, for the message.</param>
    /// <param name="response">Status and <c>Retry-After</c>.</param>
    /// <param name="body">The error document, possibly cut or empty.</param>
    /// <param name="time">Clock for a <c>Retry-After</c> that is a date.</param>
    public static GatewayError Read(string provider, HttpResponseMessage response, ReadOnlyMemory<byte> body, TimeProvider time)
    {
        var status = (int)response.StatusCode;
        var told = Parse(body, out var isWellFormed);
        var retryAfter = RetryAfter(response, time);
        var message = $"Provider '{provider}' answered {status}{(told.Message is null ? "." : ": " + told.Message)}";
        return response.StatusCode switch
        {
            // The provider's credentials are the operator's business; what it says about them may name a key.
            HttpStatusCode.Unauthorized or HttpStatusCode.PaymentRequired or HttpStatusCode.Forbidden =>
                new(GatewayErrorCode.UpstreamCredentials, $"Provider '{provider}' refused the gateway's credentials ({status})."),
            HttpStatusCode.TooManyRequests => new(GatewayErrorCode.UpstreamRateLimited, message) { RetryAfter = retryAfter },
            HttpStatusCode.RequestTimeout or HttpStatusCode.GatewayTimeout => new(GatewayErrorCode.UpstreamTimeout, message),
            HttpStatusCode.ServiceUnavailable or ProviderOverloaded => new(GatewayErrorCode.UpstreamUnavailable, message) { RetryAfter = retryAfter },
            _ when status is >= 400 and < 500 => new(GatewayErrorCode.UpstreamRejected, told.Message ?? message)
            {
                UpstreamStatus = status,
                UpstreamBody = isWellFormed ? body : default,
                Param = told.Param,
                Detail = told.Code,
            },
            _ when status >= 500 => new(GatewayErrorCode.UpstreamError, message),
            _ => UpstreamFailure.Invalid(provider, $"status {status}, which is no answer"),
        };
    }

    /// <summary>What an error document inside a 200 or inside a stream says.</summary>
    public static GatewayError ReadInline(string provider, ReadOnlyMemory<byte> document)
    {
        var told = Parse(document, out _);
        return new GatewayError(GatewayErrorCode.UpstreamError, $"Provider '{provider}' reported an error{(told.Message is null ? "." : ": " + told.Message)}")
        {
            Detail = told.Code == "context_length_exceeded" ? told.Code : null,
        };
    }

    private static (string? Message, string? Param, string? Code) Parse(ReadOnlyMemory<byte> body, out bool isWellFormed)
    {
        isWellFormed = false;
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("error"u8, out var error))
            {
                isWellFormed = error.ValueKind == JsonValueKind.Object && IsWellFormed(error);
                root = error;
            }

            return root.ValueKind switch
            {
                JsonValueKind.String => (Bound(root.GetString()), null, null),
                JsonValueKind.Object => (Bound(Text(root, "message"u8) ?? Text(root, "detail"u8)), Text(root, "param"u8), Text(root, "code"u8)),
                _ => default,
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return default;
        }
    }

    /// <summary>All four members are there with the types that clients rely on.</summary>
    private static bool IsWellFormed(JsonElement error) =>
        error.TryGetProperty("message"u8, out var message) && message.ValueKind == JsonValueKind.String
        && error.TryGetProperty("type"u8, out var type) && type.ValueKind == JsonValueKind.String
        && error.TryGetProperty("param"u8, out var param) && param.ValueKind is JsonValueKind.String or JsonValueKind.Null
        && error.TryGetProperty("code"u8, out var code) && code.ValueKind is JsonValueKind.String or JsonValueKind.Null;

    private static string? Text(JsonElement element, ReadOnlySpan<byte> name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { } text && text != "None" ? text : null;

    private static string? Bound(string? text) => text is { Length: > MaxMessageLength } ? text[..MaxMessageLength] + "…" : text;

    private static TimeSpan? RetryAfter(HttpResponseMessage response, TimeProvider time) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } when date > time.GetUtcNow() => date - time.GetUtcNow(),
        _ => null,
    };
}
