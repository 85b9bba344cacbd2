using System.Text;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Tests.Support;

namespace LlmGateway.Core.Tests.Protocol;

/// <summary>What is wrong with a body before any field of it counts.</summary>
public class RequestReaderJsonTests
{
    [Theory]
    [InlineData("", 1, 1)]
    [InlineData("   ", 1, 4)]
    [InlineData("{", 1, 2)]
    [InlineData("not json", 1, 2)]
    [InlineData("{\"model\":}", 1, 10)]
    [InlineData("{\"model\":\"m\",}", 1, 14)]
    [InlineData("{\n  \"model\": \"m\",\n  \"messages\": [,]\n}", 3, 16)]
    [InlineData("{\"model\":\"m\" \"x\":1}", 1, 14)]
    [InlineData("{'model':'m'}", 1, 2)]
    [InlineData("{\"model\":NaN}", 1, 10)]
    [InlineData("{\"model\":\"a\nb\"}", 1, 12)]
    [InlineData("{\"model\":\"\\x\"}", 1, 12)]
    [InlineData("{\"n\":01}", 1, 7)]
    [InlineData("{\"a\":1} {\"b\":2}", 1, 9)]
    [InlineData("// comment\n{}", 1, 1)]
    public void MalformedJson_IsRefusedWithItsPosition(string json, int line, int position)
    {
        var error = Views.Bad(json);
        Assert.Equal("invalid_json", ErrorMapper.Code(error));
        Assert.Null(error.Param);
        Assert.Contains($"line {line}, byte {position}.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void BrokenJson_IsTheFaultEvenAfterAWrongField() =>
        Views.Fails("""{"model":5,"messages":[}""", "invalid_json", null);

    [Theory]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("5")]
    [InlineData("null")]
    [InlineData("true")]
    public void ADocumentThatIsNoObject_IsRefused(string json) => Views.Fails(json, "invalid_type", null);

    [Theory]
    [InlineData(new byte[] { 0xFF })]
    [InlineData(new byte[] { 0xC3 })]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 })]
    [InlineData(new byte[] { 0xC0, 0x80 })]
    [InlineData(new byte[] { 0xF5, 0x80, 0x80, 0x80 })]
    public void InvalidUtf8_IsRefusedWhereverItStands(byte[] bytes)
    {
        byte[] body = [.. "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\""u8, .. bytes, .. "\"}]}"u8];
        var error = RequestReader.Read(Operation.Chat, body, out _);
        Assert.Equal(GatewayErrorCode.InvalidJson, error?.Code);
        Assert.Contains("UTF-8", error!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"model":"\ud83d","messages":[{"role":"user","content":"hi"}]}""")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"\ud83d"}]}""")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"\uDE00 later"}]}""")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"\ud83d\ud83d\ude00"}]}""")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"\ud83dx\ude00"}]}""")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"\ud83d"}]}]}""")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"hi"}],"unknown":{"deep":["\ud83d"]}}""")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"hi"}],"\ud83d":1}""")]
    [InlineData("""{"mo\ud83del":"m","messages":[{"role":"user","content":"hi"}]}""")]
    [InlineData("""{"model":"m","messages":[{"role":"us\ud83der","content":"hi"}]}""")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"\\\ud83d"}]}""")]
    public void AnUnpairedSurrogate_IsRefusedWhereverItStands(string json)
    {
        var error = Views.Bad(json);
        Assert.Equal(GatewayErrorCode.InvalidJson, error.Code);
        Assert.Contains("surrogate", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""\ud83d\ude00""")]
    [InlineData("""\uD83D\uDE00""")]
    [InlineData("""\\ud83d""")]
    [InlineData("""\\\\ud83d \n\u4e2d\u6587 \ud7ff\ue000""")]
    [InlineData("😀 \\u0000")]
    public void EscapedText_ThatIsText_IsAccepted(string content) =>
        Views.Good($$"""{"model":"m","messages":[{"role":"user","content":"{{content}}"}]}""");

    [Theory]
    [InlineData("[", "]")]
    [InlineData("{\"a\":", "}")]
    [InlineData("[{\"a\":", "}]")]
    public void TooDeepJson_SaysSo(string open, string close)
    {
        var layers = 200 / open.Count(c => c is '[' or '{');
        var json = Views.ChatJson($"\"x\":{Repeat(open, layers)}1{Repeat(close, layers)}");
        var error = Views.Bad(json, maxDepth: 64);
        Assert.Equal("json_too_deep", ErrorMapper.Code(error));
        Assert.Contains("64 levels", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Depth_IsAcceptedUpToTheBoundAndNotBeyond()
    {
        // The document itself is the first level.
        Assert.Null(Views.Read(Views.ChatJson($"\"x\":{Repeat("[", 7)}{Repeat("]", 7)}"), maxDepth: 8));
        Assert.Equal("json_too_deep", ErrorMapper.Code(Views.Bad(Views.ChatJson($"\"x\":{Repeat("[", 8)}{Repeat("]", 8)}"), maxDepth: 8)));
    }

    [Fact]
    public void ASyntaxErrorAtTheDeepestLevel_IsNotCalledTooDeep()
    {
        var error = Views.Bad(Views.ChatJson($"\"x\":{Repeat("[", 7)}oops"), maxDepth: 8);
        Assert.Equal("invalid_json", ErrorMapper.Code(error));
    }

    /// <summary>Ten megabytes, the largest body by default, must not buy much memory however they are filled.</summary>
    [Theory]
    [InlineData("1,", """{"model":"m","messages":[""", "1]}")]
    [InlineData("{},", """{"model":"m","messages":[""", "{}]}")]
    [InlineData("\"n\":0,", "{", "\"n\":0}")]
    [InlineData("\"\":0,", "{", "\"\":0}")]
    [InlineData("\\ud83d\\ude00", "{\"model\":\"", "\"}")]
    public void ABodyMadeToHurt_CostsLittle(string piece, string head, string tail)
    {
        var json = Encoding.UTF8.GetBytes(head + Repeat(piece, 10 * 1024 * 1024 / piece.Length) + tail);
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        Assert.NotNull(RequestReader.Read(Operation.Chat, json, out _));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - allocated, 0, 64 * 1024 * 1024);
    }

    private static string Repeat(string text, int count) => string.Concat(Enumerable.Repeat(text, count));
}
