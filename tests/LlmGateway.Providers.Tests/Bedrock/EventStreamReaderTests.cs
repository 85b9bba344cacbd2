using System.Buffers.Binary;
using System.Text;
using LlmGateway.Core.Protocol;
using LlmGateway.Providers.Bedrock;

namespace LlmGateway.Providers.Tests.Bedrock;

/// <summary>The vectors are those of botocore (source: boto/botocore, tests/unit/test_eventstream.py), bytes as Latin-1.</summary>
public sealed class EventStreamReaderTests
{
    private const string AllTypes =
        "\0\0\0\x62\0\0\0\x52\x03\u00b5\u00cb\u009c\u00010\0\u00011\u0001\u00012\u0002\u0002\u00013\u0003\0\u0003"
        + "\u00014\u0004\0\0\0\u0004\u00015\u0005\0\0\0\0\0\0\0\u0005\u00016\u0006\0\u0005bytes\u00017\u0007\0\u0004utf8"
        + "\u00018\u0008\0\0\0\0\0\0\0\u0008\u00019\u00090123456789abcdef\x63\x35\x36\x71";

    private const string Empty = "\0\0\0\u0010\0\0\0\0\u0005\u00c2H\u00eb}\u0098\u00c8\u00ff";

    private const string PayloadAlone = "\0\0\0\u001d\0\0\0\0\u00fdR\u008cZ{'foo':'bar'}\u00c3e96";

    private const string PayloadAndHeader =
        "\0\0\0=\0\0\0 \u0007\u00fd\u0083\u0096\u000ccontent-type\u0007\0\u0010application/json{'foo':'bar'}\u008d\u009c\u0008\u00b1";

    private const string ErrorMessage =
        "\0\0\0\x52\0\0\0\x42\u00bf\x23\x63\x7e\u000d:message-type\u0007\0\u0005error\u000b:error-code\u0007\0\u0004code\u000e:error-message\u0007\0\u0007message\x6b\x6c\u00ea\x3d";

    [Theory]
    [InlineData(Empty, "")]
    [InlineData("\0\0\0\u0017\0\0\0\u0007)\u0086\u0001X\u0004byte\u0002\u00ff\u00c2\u00f8i\u00dc", "")]
    [InlineData("\0\0\0\u0019\0\0\0\u0009q\u000e\u0092>\u0005short\u0003\u00ff\u00ff\u00b2|\u00b6\u00cc", "")]
    [InlineData("\0\0\0\u001d\0\0\0\u000d\u0083\u00e3\u00f0\u00e7\u0007integer\u0004\u00ff\u00ff\u00ff\u00ff\u008b\u008e\u0012\u00eb", "")]
    [InlineData("\0\0\0\u001e\0\0\0\u000e]J\u00db\u008d\u0004long\u0005\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ffK\u00c22\u00da", "")]
    [InlineData(PayloadAlone, "{'foo':'bar'}")]
    [InlineData(PayloadAndHeader, "{'foo':'bar'}")]
    [InlineData(AllTypes, "")]
    [InlineData(ErrorMessage, "")]
    public void Vectors_AreRead_InPiecesOfAnySize(string vector, string payload)
    {
        var bytes = Encoding.Latin1.GetBytes(vector);

        for (var size = 1; size <= bytes.Length; size++)
        {
            var (payloads, isBroken, left) = EventStreams.Read([.. bytes, .. bytes], size);

            Assert.Equal([payload, payload], payloads);
            Assert.False(isBroken);
            Assert.Equal(0, left);
        }
    }

    [Theory]
    [InlineData("\u0001\0\0\u001d\0\0\0\0\u00fdR\u008cZ{'foo':'bar'}\u00c3e96")]
    [InlineData("\0\0\0\u001d\0\0\0\0\u00fdR\u008cZ{'foo':'bar'\u008d\u00c3e96")]
    [InlineData("\0\0\0=\0\0\0 \u0007\u00fd\u0083\u0096\u000ccontent+type\u0007\0\u0010application/json{'foo':'bar'}\u008d\u009c\u0008\u00b1")]
    [InlineData("\0\0\0=\u00ff\0\u0001\u0002\u0007\u00fd\u0083\u0096\u000ccontent-type\u0007\0\u0010application/json{'foo':'bar'}\u008d\u009c\u0008\u00b1")]
    [InlineData("\0\0\0\u0024\0\0\0\u0014\u004b\u00b9\u0082\u00d0\u0004test\u0004asdf\u0004test\u0004asdf\u00f3\u00f4\u0075\u0063")]
    public void DamagedVectors_AreBroken_ForGood(string vector)
    {
        var bytes = Encoding.Latin1.GetBytes(vector);

        for (var size = 1; size <= bytes.Length; size++)
        {
            var (payloads, isBroken, _) = EventStreams.Read(bytes, size);

            Assert.Empty(payloads);
            Assert.True(isBroken);
        }
    }

    [Fact]
    public void HeadersOfAllTypes_AreFound()
    {
        var message = Single(Encoding.Latin1.GetBytes(AllTypes));

        foreach (var (name, type, value) in new (string Name, HeaderType Type, byte[] Value)[]
        {
            ("0", HeaderType.True, []), ("1", HeaderType.False, []), ("2", HeaderType.Byte, [2]), ("3", HeaderType.Int16, [0, 3]),
            ("4", HeaderType.Int32, [0, 0, 0, 4]), ("5", HeaderType.Int64, [0, 0, 0, 0, 0, 0, 0, 5]), ("6", HeaderType.Bytes, "bytes"u8.ToArray()),
            ("7", HeaderType.Text, "utf8"u8.ToArray()), ("8", HeaderType.Timestamp, [0, 0, 0, 0, 0, 0, 0, 8]), ("9", HeaderType.Uuid, "0123456789abcdef"u8.ToArray()),
        })
        {
            Assert.True(message.TryGet(Encoding.UTF8.GetBytes(name), out var found, out var bytes));
            Assert.Equal((type, Convert.ToHexString(value)), (found, Convert.ToHexString(bytes)));
        }

        Assert.False(message.TryGet("10"u8, out _, out _));
        Assert.True(message.Text("6"u8).IsEmpty);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0474657374")]
    [InlineData("04746573740A")]
    [InlineData("0474657374040000")]
    [InlineData("047465737407FFFF61")]
    [InlineData("04746573740700")]
    [InlineData("00040000")]
    [InlineData("01FF00")]
    [InlineData("01610700 01FF")]
    public void MalformedHeaders_AreBroken(string hex)
    {
        var headers = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

        Assert.Equal(headers.Length > 0, EventStreams.Read(EventStreams.Frame(headers, []), 1000).IsBroken);
    }

    [Fact]
    public void EndlessHeaders_AreBroken()
    {
        var headers = Enumerable.Range(0, 65).SelectMany(i => new byte[] { 1, (byte)(' ' + i), 0 }).ToArray();

        Assert.False(EventStreams.Read(EventStreams.Frame(headers[..^3], []), 1000).IsBroken);
        Assert.True(EventStreams.Read(EventStreams.Frame(headers, []), 1000).IsBroken);
    }

    [Theory]
    [InlineData(0u, 0u)]
    [InlineData(15u, 0u)]
    [InlineData(16u, 1u)]
    [InlineData(100u, uint.MaxValue)]
    [InlineData(EventStreamReader.MaxMessageBytes + 1u, 0u)]
    [InlineData(uint.MaxValue, 0u)]
    public void ImpossibleLengths_AreBroken_AtOnce(uint total, uint headers)
    {
        var prelude = new byte[12];
        BinaryPrimitives.WriteUInt32BigEndian(prelude, total);
        BinaryPrimitives.WriteUInt32BigEndian(prelude.AsSpan(4), headers);
        BinaryPrimitives.WriteUInt32BigEndian(prelude.AsSpan(8), Crc32.Compute(prelude.AsSpan(0, 8)));

        Assert.True(EventStreams.Read(prelude, 12).IsBroken);
    }

    [Fact]
    public void LargestMessage_IsRead()
    {
        var payload = new byte[EventStreamReader.MaxMessageBytes - 16];

        Assert.Equal(payload.Length, Single(EventStreams.Frame([], payload)).Payload.Length);
    }

    private static EventStreamMessage Single(byte[] bytes)
    {
        var buffer = new PooledBuffer();
        bytes.CopyTo(buffer.GetSpan(bytes.Length));
        buffer.Advance(bytes.Length);
        Assert.Equal(EventStreamResult.Message, new EventStreamReader(buffer).Read(out var message));
        return message;
    }
}
