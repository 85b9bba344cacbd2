using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace LlmGateway.Simulator.Bedrock;

/// <summary>
/// Messages of <c>application/vnd.amazon.eventstream</c> (source: Smithy 2.0, "Amazon Event Stream Specification"): a prelude of total
/// length, length of the headers and its own CRC-32, the headers, the payload, the CRC-32 of all that; numbers are big-endian.
/// </summary>
internal static class EventStream
{
    private const int PreludeBytes = 12;
    private const int ChecksumBytes = 4;
    private const byte StringType = 7;

    /// <summary>One message around a JSON payload.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="payload">JSON.</param>
    /// <param name="name">Type of the event or, in a message of type <c>exception</c>, of the exception.</param>
    /// <param name="isException">The message ends the stream with an error.</param>
    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> payload, string name, bool isException)
    {
        var typeHeader = isException ? ":exception-type" : ":event-type";
        var messageType = isException ? "exception" : "event";
        var headers = SizeOf(typeHeader, name) + SizeOf(":content-type", "application/json") + SizeOf(":message-type", messageType);
        var total = PreludeBytes + headers + payload.Length + ChecksumBytes;
        var message = output.GetSpan(total)[..total];

        BinaryPrimitives.WriteInt32BigEndian(message, total);
        BinaryPrimitives.WriteInt32BigEndian(message[4..], headers);
        BinaryPrimitives.WriteUInt32BigEndian(message[8..], Crc32.Of(message[..8]));
        var rest = WriteHeader(message[PreludeBytes..], typeHeader, name);
        rest = WriteHeader(rest, ":content-type", "application/json");
        rest = WriteHeader(rest, ":message-type", messageType);
        payload.CopyTo(rest);
        BinaryPrimitives.WriteUInt32BigEndian(message[^ChecksumBytes..], Crc32.Of(message[..^ChecksumBytes]));
        output.Advance(total);
    }

    /// <summary>A byte of length and the name, a byte of type, two bytes of length and the value. All names and values here are ASCII.</summary>
    private static int SizeOf(string name, string value) => 1 + name.Length + 1 + 2 + value.Length;

    private static Span<byte> WriteHeader(Span<byte> output, string name, string value)
    {
        output[0] = (byte)name.Length;
        output = output[(1 + Encoding.ASCII.GetBytes(name, output[1..]))..];
        output[0] = StringType;
        BinaryPrimitives.WriteUInt16BigEndian(output[1..], (ushort)value.Length);
        return output[(3 + Encoding.ASCII.GetBytes(value, output[3..]))..];
    }
}
