using System.Text.Json;
using LlmGateway.Core.Errors;
using LlmGateway.Providers.Http;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Bedrock;

/// <summary>
/// Tells AWS's errors apart by the name of the exception, which stands in <c>x-amzn-errortype</c>, in <c>__type</c> or in the headers of a
/// stream's message (source: the operations' errors in AWS's API reference of Bedrock Runtime and its list of common errors).
/// </summary>
internal static class BedrockErrors
{
    private const int MaxMessageLength = 1000;

    /// <summary>The error of a status, as the client should see it.</summary>
    public static GatewayError Explain(string provider, GatewayError error, HttpResponseMessage response, ReadOnlyMemory<byte> body)
    {
        var (type, message) = Parse(body);
        if (response.Headers.TryGetValues("x-amzn-errortype", out var told))
        {
            type = told.First();
        }

        return Judge(provider, Bare(type), message ?? error.Message, error) ?? error;
    }

    /// <summary>The error that a document with status 200 tells; null when it is none.</summary>
    public static GatewayError? ReadInline(string provider, ReadOnlyMemory<byte> document)
    {
        var (type, message) = Parse(document);
        return type is null ? null : OfStream(provider, type, message);
    }

    /// <summary>The error of an exception message in a stream.</summary>
    /// <param name="provider">Name of the provider.</param>
    /// <param name="type">Name of the exception.</param>
    /// <param name="payload">The exception's document.</param>
    public static GatewayError ReadException(string provider, string type, ReadOnlyMemory<byte> payload) =>
        OfStream(provider, type, Parse(payload).Message);

    /// <summary>The error of an exception within a stream.</summary>
    /// <param name="provider">Name of the provider.</param>
    /// <param name="type">Name of the exception.</param>
    /// <param name="message">What it says; null for nothing.</param>
    public static GatewayError OfStream(string provider, string type, string? message)
    {
        var text = $"Provider '{provider}' reported an error{(message is null ? "." : ": " + Bound(message))}";
        var error = new GatewayError(GatewayErrorCode.UpstreamError, text);
        return Judge(provider, Bare(type), message ?? text, error) ?? error;
    }

    /// <summary>Null for a type that is not known: then the status says it all.</summary>
    private static GatewayError? Judge(string provider, string? type, string message, GatewayError told) => type?.ToLowerInvariant() switch
    {
        "throttlingexception" or "toomanyrequestsexception" or "servicequotaexceededexception" or "throttling" =>
            new(GatewayErrorCode.UpstreamRateLimited, told.Message) { RetryAfter = told.RetryAfter },
        "modelnotreadyexception" or "serviceunavailableexception" or "serviceunavailable" =>
            new(GatewayErrorCode.UpstreamUnavailable, told.Message) { RetryAfter = told.RetryAfter },
        "modeltimeoutexception" => new(GatewayErrorCode.UpstreamTimeout, told.Message),
        "modelerrorexception" or "modelstreamerrorexception" or "internalserverexception" or "internalfailure" =>
            new(GatewayErrorCode.UpstreamError, told.Message),
        // What they say about credentials is the operator's business, and may name a key or an account.
        "accessdeniedexception" or "unrecognizedclientexception" or "expiredtokenexception" or "expiredtoken" or "invalidsignatureexception"
            or "signaturedoesnotmatch" or "incompletesignatureexception" or "incompletesignature" or "missingauthenticationtokenexception"
            or "missingauthenticationtoken" or "invalidclienttokenid" or "notauthorized" or "optinrequired" =>
            new(GatewayErrorCode.UpstreamCredentials, $"Provider '{provider}' refused the gateway's credentials."),
        "resourcenotfoundexception" => UnknownModel(message),
        "validationexception" or "validationerror" => Rejected(message, told),
        _ => null,
    };

    private static GatewayError Rejected(string message, GatewayError told) =>
        ErrorWords.SayTooLong(message)
            ? new GatewayError(GatewayErrorCode.ContextLengthExceeded, Bound(message)) { Param = "messages" }
        : message.Contains("model identifier is invalid", StringComparison.OrdinalIgnoreCase) ? UnknownModel(message)
        : new GatewayError(GatewayErrorCode.UpstreamRejected, Bound(message)) { UpstreamStatus = told.UpstreamStatus };

    private static GatewayError UnknownModel(string message) =>
        new(GatewayErrorCode.ModelNotFound, $"The provider does not know this model ({Bound(message)}).") { Param = "model" };

    /// <summary><c>com.amazonaws.bedrock#ValidationException:http://…</c> without what surrounds the name.</summary>
    private static string? Bare(string? type)
    {
        if (type is null)
        {
            return null;
        }

        var end = type.IndexOf(':', StringComparison.Ordinal);
        var name = end < 0 ? type : type[..end];
        return name[(name.LastIndexOf('#') + 1)..].Trim();
    }

    private static (string? Type, string? Message) Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body, JsonText.DocumentOptions);
            var root = document.RootElement;
            return root.ValueKind == JsonValueKind.Object
                ? (Text(root, "__type"u8), Text(root, "message"u8) ?? Text(root, "Message"u8) ?? Text(root, "originalMessage"u8))
                : default;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // No document: the type in the headers, or the status, says enough.
            return default;
        }
    }

    private static string? Text(JsonElement element, ReadOnlySpan<byte> name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string Bound(string text) => text.Length > MaxMessageLength ? text[..MaxMessageLength] + "…" : text;
}
