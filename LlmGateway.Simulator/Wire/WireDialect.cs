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

    public virtual string? ReadKey(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        return header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? header[7..].Trim() : null;
    }

    /// <summary>The whole body of an error answer.</summary>
    public abstract void WriteError(Utf8JsonWriter json, SimulatorException error);

    /// <summary>The payload of an error inside a stream.</summary>
    public virtual void WriteStreamError(Utf8JsonWriter json, SimulatorException error) => WriteError(json, error);

    /// <summary>Name of the event that carries an error inside a stream, where the wire names its events.</summary>
    public virtual string? StreamErrorEvent => null;

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
