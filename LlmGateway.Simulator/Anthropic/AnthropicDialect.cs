using System.Buffers;
using System.Text.Json;
using LlmGateway.Simulator.Wire;

namespace LlmGateway.Simulator.Anthropic;

/// <summary>
/// Anthropic's wire (source: its documentation of errors and streaming, and its SDK for TypeScript, 1.11): errors in an envelope of
/// their own, streams as named server-sent events, the key in <c>x-api-key</c>.
/// </summary>
internal sealed class AnthropicDialect : WireDialect
{
    public static readonly AnthropicDialect Instance = new();

    public override string StreamContentType => "text/event-stream; charset=utf-8";

    public override string? StreamErrorEvent(int status) => "error";

    public override string? ReadKey(HttpRequest request) =>
        request.Headers["x-api-key"].ToString() is { Length: > 0 } key ? key : base.ReadKey(request);

    public override void WriteError(Utf8JsonWriter json, SimulatorException error)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, "error"u8);
        json.WriteStartObject("error"u8);
        json.WriteString("type"u8, TypeOf(error.Status));
        json.WriteString("message"u8, error.Message);
        json.WriteEndObject();
        json.WriteNull("request_id"u8);
        json.WriteEndObject();
    }

    public override void WriteFrame(IBufferWriter<byte> output, ReadOnlySpan<byte> payload, string? eventName, bool crlf) =>
        WriteSse(output, payload, eventName, crlf);

    private static ReadOnlySpan<byte> TypeOf(int status) => status switch
    {
        401 => "authentication_error"u8,
        402 => "billing_error"u8,
        403 => "permission_error"u8,
        404 => "not_found_error"u8,
        413 => "request_too_large"u8,
        429 => "rate_limit_error"u8,
        504 => "timeout_error"u8,
        529 => "overloaded_error"u8,
        >= 400 and < 500 => "invalid_request_error"u8,
        _ => "api_error"u8,
    };
}
