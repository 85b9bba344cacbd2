using System.Net;
using System.Text.Json;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;

namespace LlmGateway.Providers.Http;

/// <summary>Reads what a provider says when it refuses: OpenAI's error object, and the shapes that servers in the field send instead.</summary>
internal static class UpstreamErrorReader
{
    private const int MaxMessageLength = 1000;

    private const string ContextExceeded = "context_length_exceeded";

    /// <summary>OpenAI's word, with status 429, for an account that must be paid for before it works again.</summary>
    private const string NoCredit = "insufficient_quota";

    /// <summary>Some providers' own word for having too much to do (source: Anthropic's <c>overloaded_error</c>).</summary>
    private const HttpStatusCode ProviderOverloaded = (HttpStatusCode)529;

    /// <param name="provider">Name of the provider, for the message.</param>
    /// <param name="response">Status and <c>Retry-After</c>.</param>
    /// <param name="body">The error document, possibly cut or empty.</param>
    /// <param name="time">Clock for a <c>Retry-After</c> that is a date.</param>
    /// <param name="words">What the dialect's errors say beside their status.</param>
    public static GatewayError Read(string provider, HttpResponseMessage response, ReadOnlyMemory<byte> body, TimeProvider time, ErrorWords words)
    {
        var status = (int)response.StatusCode;
        var told = Parse(body, out var isWellFormed);
        if (status is >= 400 and < 500 && ReadWords(provider, told, status, words) is { } meant)
        {
            return isWellFormed && told.Code == ContextExceeded ? meant with { UpstreamBody = body } : meant;
        }

        var retryAfter = RetryAfter(response, time);
        var message = $"Provider '{provider}' answered {status}{(told.Message is null ? "." : ": " + told.Message)}";
        return response.StatusCode switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.PaymentRequired or HttpStatusCode.Forbidden => Refused(provider, status),
            HttpStatusCode.TooManyRequests => new(GatewayErrorCode.UpstreamRateLimited, message) { RetryAfter = retryAfter },
            HttpStatusCode.RequestTimeout or HttpStatusCode.GatewayTimeout => new(GatewayErrorCode.UpstreamTimeout, message),
            HttpStatusCode.ServiceUnavailable or ProviderOverloaded => new(GatewayErrorCode.UpstreamUnavailable, message) { RetryAfter = retryAfter },
            HttpStatusCode.LoopDetected => new(GatewayErrorCode.LoopDetected, Hops.Explain()),
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
    public static GatewayError ReadInline(string provider, ReadOnlyMemory<byte> document, ErrorWords? words = null)
    {
        var told = Parse(document, out _);
        if (words is not null && ReadWords(provider, told, null, words) is { } meant)
        {
            return meant;
        }

        return new GatewayError(GatewayErrorCode.UpstreamError, $"Provider '{provider}' reported an error{(told.Message is null ? "." : ": " + told.Message)}")
        {
            Detail = told.Code == ContextExceeded ? told.Code : null,
        };
    }

    /// <summary>The error where its words say more than its status; null where they do not.</summary>
    private static GatewayError? ReadWords(string provider, in Told told, int? status, ErrorWords words)
    {
        if (ErrorWords.IsAny(words.ContentRefused, told.Message))
        {
            // Not quoted: beside the reason such texts name the account and the key.
            return new GatewayError(GatewayErrorCode.UpstreamRejected, $"Provider '{provider}' refused the content of the request.")
            {
                UpstreamStatus = (int)HttpStatusCode.BadRequest,
                Detail = "content_filter",
            };
        }

        if (told.Code == NoCredit || told.Type == NoCredit || ErrorWords.IsAny(words.KeyRefused, told.Message))
        {
            return Refused(provider, status);
        }

        return status is not (401 or 402 or 403 or 429) && (told.Code == ContextExceeded || ErrorWords.IsAny(words.TooLong, told.Message))
            ? new GatewayError(GatewayErrorCode.ContextLengthExceeded, told.Message ?? "The request is longer than the model's context window.") { Param = told.Param }
            : null;
    }

    /// <summary>The provider's credentials are the operator's business; what it says about them may name a key.</summary>
    private static GatewayError Refused(string provider, int? status) =>
        new(GatewayErrorCode.UpstreamCredentials, $"Provider '{provider}' refused the gateway's credentials{(status is null ? "" : FormattableString.Invariant($" ({status})"))}.");

    private static Told Parse(ReadOnlyMemory<byte> body, out bool isWellFormed)
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
                JsonValueKind.String => new Told(Bound(root.GetString()), null, null, null),
                JsonValueKind.Object => new Told(
                    Bound(Text(root, "message"u8) ?? Text(root, "detail"u8)), Text(root, "type"u8), Text(root, "param"u8), Text(root, "code"u8)),
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

    /// <summary>The members of an error document, where they are strings.</summary>
    private readonly record struct Told(string? Message, string? Type, string? Param, string? Code);
}
