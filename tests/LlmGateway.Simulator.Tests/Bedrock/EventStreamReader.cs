using System.Buffers.Binary;
using System.Text;
using LlmGateway.Simulator.Bedrock;

namespace LlmGateway.Simulator.Tests.Bedrock;

/// <summary>One message as a client sees it.</summary>
/// <param name="Headers"><c>name=value</c>, in their order.</param>
/// <param name="IsIntact">Both checksums fit.</param>
internal sealed record EventMessage(IReadOnlyList<string> Headers, string Payload, bool IsIntact)
{
    public string Type => Headers[0].Split('=')[1];
}

/// <summary>Reads messages one after the other, without trust in their checksums.</summary>
internal static class EventStreamReader
{
    /// <param name="body">A stream as it arrived.</param>
    /// <param name="rest">Bytes behind the last whole message.</param>
    public static List<EventMessage> Read(ReadOnlySpan<byte> body, out int rest)
    {
        var messages = new List<EventMessage>();
        while (body.Length >= 16 && BinaryPrimitives.ReadInt32BigEndian(body) is var total && total >= 16 && total <= body.Length)
        {
            messages.Add(ReadOne(body[..total]));
            body = body[total..];
        }

        rest = body.Length;
        return messages;
    }

    private static EventMessage ReadOne(ReadOnlySpan<byte> message)
    {
        var isIntact = Crc32.Of(message[..8]) == BinaryPrimitives.ReadUInt32BigEndian(message[8..])
            && Crc32.Of(message[..^4]) == BinaryPrimitives.ReadUInt32BigEndian(message[^4..]);
        var headerBytes = BinaryPrimitives.ReadInt32BigEndian(message[4..]);
        var payload = Encoding.UTF8.GetString(message[(12 + headerBytes)..^4]);
        var headers = new List<string>();
        for (var rest = message.Slice(12, headerBytes); rest.Length > 0;)
        {
            var name = rest.Slice(1, rest[0]);
            rest = rest[(1 + name.Length)..];
            var value = rest.Slice(3, BinaryPrimitives.ReadUInt16BigEndian(rest[1..]));
            rest = rest[(3 + value.Length)..];
            headers.Add($"{Encoding.UTF8.GetString(name)}={Encoding.UTF8.GetString(value)}");
        }

        return new EventMessage(headers, payload, isIntact);
    }
}
