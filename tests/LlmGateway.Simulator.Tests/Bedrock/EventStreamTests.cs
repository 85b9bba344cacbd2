using System.Buffers;
using System.Text;
using LlmGateway.Simulator.Bedrock;

namespace LlmGateway.Simulator.Tests.Bedrock;

/// <summary>Bytes that other implementations of the format make and read.</summary>
public sealed class EventStreamTests
{
    [Theory]
    [InlineData("", 0x00000000)]
    [InlineData("313233343536373839", 0xCBF43926)]
    // The format's empty message: its prelude, and all of it but the last checksum.
    [InlineData("0000001000000000", 0x05C248EB)]
    [InlineData("000000100000000005C248EB", 0x7D98C8FF)]
    public void Checksum_IsTheOneOfZlib(string bytes, uint expected) => Assert.Equal(expected, Crc32.Of(Convert.FromHexString(bytes)));

    [Theory]
    [InlineData(
        "messageStart", false, "{\"role\":\"assistant\"}",
        "000000760000005296d5fade0b3a6576656e742d7479706507000c6d65737361676553746172740d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e"
        + "0d3a6d6573736167652d747970650700056576656e747b22726f6c65223a22617373697374616e74227d6fa8c599")]
    [InlineData(
        "throttlingException", true, "{\"message\":\"slow\"}",
        "0000008300000061a9d144e50f3a657863657074696f6e2d747970650700137468726f74746c696e67457863657074696f6e0d3a636f6e74656e742d747970650700106170706c69636174"
        + "696f6e2f6a736f6e0d3a6d6573736167652d74797065070009657863657074696f6e7b226d657373616765223a22736c6f77227d9350311c")]
    public void Message_HasExactlyTheseBytes(string name, bool isException, string payload, string expected)
    {
        var output = new ArrayBufferWriter<byte>();

        EventStream.Write(output, Encoding.UTF8.GetBytes(payload), name, isException);

        Assert.Equal(expected, Convert.ToHexStringLower(output.WrittenSpan));
    }
}
