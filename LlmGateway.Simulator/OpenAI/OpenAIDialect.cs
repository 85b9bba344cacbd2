using System.Buffers;
using System.Text.Json;
using LlmGateway.Simulator.Wire;

namespace LlmGateway.Simulator.OpenAI;

/// <summary>OpenAI's wire as of its API reference: errors in an <c>error</c> envelope, streams as unnamed server-sent events.</summary>
internal sealed class OpenAIDialect : WireDialect
{
    public static readonly OpenAIDialect Instance = new();

    public override string StreamContentType => "text/event-stream; charset=utf-8";

    public override void WriteError(Utf8JsonWriter json, SimulatorException error)
    {
        json.WriteStartObject();
        json.WriteStartObject("error"u8);
        json.WriteString("message"u8, error.Message);
        json.WriteString("type"u8, error.Type);
        json.WriteString("param"u8, error.Param);
        json.WriteString("code"u8, error.Code);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    public override void WriteFrame(IBufferWriter<byte> output, ReadOnlySpan<byte> payload, string? eventName, bool crlf) =>
        WriteSse(output, payload, eventName, crlf);
}
