using System.Text.Json;
using LlmGateway.Core.Errors;
using LlmGateway.Providers.Http;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Anthropic;

/// <summary>
/// Tells Anthropic's errors apart: <c>{"type":"error","error":{"type":"…","message":"…"}}</c>, by status before an answer and by type
/// inside of one (source: Anthropic's documentation, "Errors").
/// </summary>
internal static class AnthropicErrors
{
    private const string NoCredit = "credit balance is too low";

    /// <summary>Comes as an invalid request, though it is the key's account that cannot pay.</summary>
    public static readonly ErrorWords Words = new() { KeyRefused = [NoCredit] };

    /// <summary>The error of a status, as the client should see it.</summary>
    public static GatewayError Translate(GatewayError error)
    {
        if (error.Code != GatewayErrorCode.UpstreamRejected)
        {
            return error.Code == GatewayErrorCode.ContextLengthExceeded ? error with { Param = "messages" } : error;
        }

        var text = error.Message;
        return Judge(text) ?? error.UpstreamStatus switch
        {
            // "model: claude-x" is all that the API says then.
            404 when text.Contains("model", StringComparison.Ordinal) => new GatewayError(GatewayErrorCode.ModelNotFound, $"The provider does not know this model ({text}).") { Param = "model" },
            413 => new GatewayError(GatewayErrorCode.RequestTooLarge, text),
            _ => error,
        };
    }

    /// <summary>The error that a document with status 200 or an event of a stream tells; null when it is none.</summary>
    public static GatewayError? ReadInline(string provider, ReadOnlyMemory<byte> document)
    {
        if (!IsError(document, out var type))
        {
            return null;
        }

        var told = UpstreamErrorReader.ReadInline(provider, document);
        return type switch
        {
            "overloaded_error" => new GatewayError(GatewayErrorCode.UpstreamUnavailable, told.Message),
            "rate_limit_error" => new GatewayError(GatewayErrorCode.UpstreamRateLimited, told.Message),
            "timeout_error" => new GatewayError(GatewayErrorCode.UpstreamTimeout, told.Message),
            // What it says about credentials is the operator's business, and may name a key.
            "authentication_error" or "permission_error" or "billing_error" => Credentials(provider),
            "invalid_request_error" => Judge(told.Message) ?? new GatewayError(GatewayErrorCode.UpstreamRejected, told.Message),
            _ => told,
        };
    }

    private static GatewayError? Judge(string text) =>
        ErrorWords.SayTooLong(text) ? new GatewayError(GatewayErrorCode.ContextLengthExceeded, text) { Param = "messages" }
        // Comes as an invalid request, though it is the operator who has to do something.
        : text.Contains(NoCredit, StringComparison.Ordinal) ? new GatewayError(GatewayErrorCode.UpstreamCredentials, "The account of the gateway at the provider has no credit left.")
        : null;

    private static GatewayError Credentials(string provider) =>
        new(GatewayErrorCode.UpstreamCredentials, $"Provider '{provider}' refused the gateway's credentials.");

    private static bool IsError(ReadOnlyMemory<byte> document, out string? type)
    {
        type = null;
        try
        {
            var reader = new Utf8JsonReader(document.Span);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return false;
            }

            var isError = false;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isType = reader.ValueTextEquals("type"u8);
                var isDetail = reader.ValueTextEquals("error"u8);
                reader.Read();
                isError |= (isType && reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("error"u8))
                    || (isDetail && reader.TokenType != JsonTokenType.Null);
                if (isDetail && reader.TokenType == JsonTokenType.StartObject)
                {
                    using var error = JsonDocument.ParseValue(ref reader);
                    type = JsonText.TryGet(error.RootElement, "type"u8, out var name) && name.ValueKind == JsonValueKind.String ? name.GetString() : null;
                }
                else
                {
                    reader.Skip();
                }
            }

            return isError;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // No document at all: that is somebody else's to tell.
            return false;
        }
    }
}
