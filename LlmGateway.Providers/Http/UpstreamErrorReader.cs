using System.Net;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Resilience;

namespace LlmGateway.Providers.Http;

/// <summary>Turns what a provider says when it refuses into an error: by its status, unless its words say more.</summary>
internal static class UpstreamErrorReader
{
    private const string ContextExceeded = "context_length_exceeded";

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
        var told = ToldError.Read(body);
        if (status is >= 400 and <= 500 && ReadWords(provider, told, status, words) is { } meant)
        {
            return told.IsWellFormed && told.Code == ContextExceeded ? meant with { UpstreamBody = body } : meant;
        }

        var retryAfter = RetryAfterHeader.Read(response.Headers, time) ?? told.RetryAfter;
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
                UpstreamBody = told.IsWellFormed ? body : default,
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
        var told = ToldError.Read(document);
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
    private static GatewayError? ReadWords(string provider, in ToldError told, int? status, ErrorWords words)
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

        if (words.RefuseKey(told))
        {
            return Refused(provider, status);
        }

        return status is not (401 or 402 or 403 or 429) && (told.IsCalled(ContextExceeded) || ErrorWords.SayTooLong(told.Message))
            ? new GatewayError(GatewayErrorCode.ContextLengthExceeded, told.Message ?? "The request is longer than the model's context window.") { Param = told.Param }
            : null;
    }

    /// <summary>The provider's credentials are the operator's business; what it says about them may name a key.</summary>
    private static GatewayError Refused(string provider, int? status) =>
        new(GatewayErrorCode.UpstreamCredentials, $"Provider '{provider}' refused the gateway's credentials{(status is null ? "" : FormattableString.Invariant($" ({status})"))}.");
}
