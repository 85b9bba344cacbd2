using System.Buffers;
using System.Text;
using System.Text.Json;

namespace LlmGateway.Simulator.Wire;

/// <summary>
/// What a wire protocol decides about every answer: its error shape, its content types and how a payload is framed in a
/// stream. The flow of an exchange, its pace and its faults are the same for all of them (<see cref="Exchange"/>).
/// </summary>
internal abstract class WireDialect
{
    public abstract string StreamContentType { get; }

    public virtual string JsonContentType => "application/json";

    /// <summary>Whether <see cref="SimulatorOptions.ApiKeys"/> applies.</summary>
    public virtual bool ChecksKey => true;

    /// <summary>Header of every answer that carries the request's id, besides <c>x-request-id</c>.</summary>
    public virtual string? RequestIdHeader => null;

    public virtual string? ReadKey(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        return header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? header[7..].Trim() : null;
    }

    /// <summary>Lets the request pass or refuses it, by its key.</summary>
    /// <exception cref="SimulatorException">401: no key, or none of the configured ones.</exception>
    public virtual void Authenticate(HttpRequest request, ReadOnlySpan<byte> body, SimulatorOptions options, DateTimeOffset now)
    {
        if (options.ApiKeys.Count == 0 || !ChecksKey) return;
        var key = ReadKey(request);
        if (key is null)
            throw new SimulatorException(401, "You didn't provide an API key.", "invalid_request_error", null, "missing_api_key");
        if (!options.ApiKeys.Contains(key))
            throw new SimulatorException(401, "Incorrect API key provided.", "invalid_request_error", null, "invalid_api_key");
    }

    /// <summary>Headers that tell of an error, where the wire has such.</summary>
    public virtual void WriteErrorHeaders(IHeaderDictionary headers, SimulatorException error)
    {
    }

    /// <summary>The whole body of an error answer.</summary>
    public abstract void WriteError(Utf8JsonWriter json, SimulatorException error);

    /// <summary>The payload of an error inside a stream.</summary>
    public virtual void WriteStreamError(Utf8JsonWriter json, SimulatorException error) => WriteError(json, error);

    /// <summary>Name of the event that carries an error of this status inside a stream, where the wire names its events.</summary>
    public virtual string? StreamErrorEvent(int status) => null;

    /// <summary>Frames begin with their length and end with a checksum: half a frame is half of its bytes, not a frame around half a payload.</summary>
    public virtual bool HasBinaryFrames => false;

    public abstract void WriteFrame(IBufferWriter<byte> output, ReadOnlySpan<byte> payload, string? eventName, bool crlf);

    /// <summary>Server-sent event: <c>data: PAYLOAD</c> and an empty line, preceded by <c>event:</c> only when named.</summary>
    protected static void WriteSse(IBufferWriter<byte> output, ReadOnlySpan<byte> payload, string? eventName, bool crlf)
    {
        var lineEnd = crlf ? "\r\n"u8 : "\n"u8;
        if (eventName is not null)
        {
            output.Write("event: "u8);
            Encoding.UTF8.GetBytes(eventName, output);
            output.Write(lineEnd);
        }

        output.Write("data: "u8);
        output.Write(payload);
        output.Write(lineEnd);
        output.Write(lineEnd);
    }

    /// <summary>Newline-delimited JSON.</summary>
    protected static void WriteLine(IBufferWriter<byte> output, ReadOnlySpan<byte> payload, bool crlf)
    {
        output.Write(payload);
        output.Write(crlf ? "\r\n"u8 : "\n"u8);
    }
}

/// <summary>What a frame is for; faults that leave one out go by this.</summary>
internal enum FrameKind
{
    /// <summary>Opens the answer, before the first token.</summary>
    Start,

    /// <summary>Text or a piece of a tool call.</summary>
    Content,

    /// <summary>Carries the finish reason.</summary>
    Finish,

    /// <summary>Carries usage only.</summary>
    Usage,

    /// <summary>Ends the stream, such as <c>[DONE]</c>.</summary>
    Done,

    /// <summary>Carries the finish reason and ends the stream in one.</summary>
    Last,
}
