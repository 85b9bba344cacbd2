using System.Buffers;
using System.Text.Json;
using LlmGateway.Simulator.Wire;

namespace LlmGateway.Simulator.Ollama;

/// <summary>
/// Ollama's own wire (source: ollama/ollama docs/api.md, api/types.go and server/routes.go, 0.33): JSON lines, errors as
/// <c>{"error":"text"}</c>, durations in nanoseconds. It knows no keys.
/// </summary>
internal sealed class OllamaDialect : WireDialect
{
    public static readonly OllamaDialect Instance = new();

    public override string StreamContentType => "application/x-ndjson";

    public override string JsonContentType => "application/json; charset=utf-8";

    public override bool ChecksKey => false;

    public override void WriteError(Utf8JsonWriter json, SimulatorException error)
    {
        json.WriteStartObject();
        json.WriteString("error"u8, error.Message);
        json.WriteEndObject();
    }

    public override void WriteFrame(IBufferWriter<byte> output, ReadOnlySpan<byte> payload, string? eventName, bool crlf) =>
        WriteLine(output, payload, crlf);
}
