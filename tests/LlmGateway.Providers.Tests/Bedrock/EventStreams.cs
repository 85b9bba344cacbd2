using System.Buffers.Binary;
using System.Text;
using LlmGateway.Core.Protocol;
using LlmGateway.Providers.Bedrock;

namespace LlmGateway.Providers.Tests.Bedrock;

/// <summary>Writes event streams as AWS does, and reads them in any pieces.</summary>
internal static class EventStreams
{
    public static byte[] Event(string type, string payload) => Message(payload, (":message-type", "event"), (":event-type", type), (":content-type", "application/json"));

    public static byte[] Exception(string type, string payload) =>
        Message(payload, (":message-type", "exception"), (":exception-type", type), (":content-type", "application/json"));

    public static byte[] Message(string payload, params (string Name, string Value)[] headers)
    {
        var written = new List<byte>();
        foreach (var (name, value) in headers)
        {
            written.Add((byte)name.Length);
            written.AddRange(Encoding.UTF8.GetBytes(name));
            written.Add(7);
            written.AddRange([(byte)(value.Length >> 8), (byte)value.Length]);
            written.AddRange(Encoding.UTF8.GetBytes(value));
        }

        return Frame([.. written], Encoding.UTF8.GetBytes(payload));
    }

    public static byte[] Frame(byte[] headers, byte[] payload)
    {
        var message = new byte[16 + headers.Length + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(message, message.Length);
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(4), headers.Length);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(8), Crc32.Compute(message.AsSpan(0, 8)));
        headers.CopyTo(message, 12);
        payload.CopyTo(message, 12 + headers.Length);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(message.Length - 4), Crc32.Compute(message.AsSpan(0, message.Length - 4)));
        return message;
    }

    /// <summary>Reads the bytes as they would come in pieces; the payloads of all messages, and whether the stream was found broken.</summary>
    public static (List<string> Payloads, bool IsBroken, int Left) Read(byte[] bytes, int pieceSize)
    {
        using var buffer = new PooledBuffer();
        var reader = new EventStreamReader(buffer);
        var payloads = new List<string>();
        for (var at = 0; at < bytes.Length; at += pieceSize)
        {
            var piece = bytes.AsSpan(at, Math.Min(pieceSize, bytes.Length - at));
            piece.CopyTo(buffer.GetSpan(piece.Length));
            buffer.Advance(piece.Length);
            EventStreamResult result;
            while ((result = reader.Read(out var message)) == EventStreamResult.Message)
            {
                payloads.Add(Encoding.UTF8.GetString(message.Payload.Span));
            }

            if (result == EventStreamResult.Broken)
            {
                return (payloads, true, buffer.Length);
            }
        }

        return (payloads, false, buffer.Length);
    }
}
