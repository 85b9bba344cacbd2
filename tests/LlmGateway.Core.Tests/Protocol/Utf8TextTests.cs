using System.Text;
using System.Text.Unicode;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Core.Tests.Protocol;

public class Utf8TextTests
{
    private static readonly byte[] Mixed = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("plain, ümläut, 日本語, 😀 and plain text again. ", 12)));

    [Fact]
    public void ValidText_IsValid_WhereverItIsCut()
    {
        for (var length = 0; length <= Mixed.Length; length++)
        {
            Assert.Equal(Utf8.IsValid(Mixed.AsSpan(0, length)), Utf8Text.IsValid(Mixed.AsSpan(0, length)));
            Assert.Equal(Utf8.IsValid(Mixed.AsSpan(length)), Utf8Text.IsValid(Mixed.AsSpan(length)));
        }
    }

    /// <summary>Every pair of a byte that may begin a character and the byte after it, at the seam of blocks and inside them.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(61)]
    [InlineData(64)]
    [InlineData(150)]
    public void EverySequence_IsJudgedAsByTheFramework(int at)
    {
        var text = new byte[200];
        byte[] tails = [0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC2, 0xE1, 0xFF];
        for (var first = 0x80; first <= 0xFF; first++)
        {
            for (var second = 0; second <= 0xFF; second++)
            {
                foreach (var third in tails)
                {
                    Array.Fill(text, (byte)'a');
                    (text[at], text[at + 1], text[at + 2], text[at + 3]) = ((byte)first, (byte)second, third, 0x80);
                    Compare(text);
                    text[at + 3] = (byte)'a';
                    Compare(text);
                }
            }
        }
    }

    [Fact]
    public void RandomDamage_IsJudgedAsByTheFramework()
    {
        var random = new Random(5);
        for (var round = 0; round < 20_000; round++)
        {
            var text = Mixed.AsSpan(0, random.Next(100, Mixed.Length)).ToArray();
            for (var damage = random.Next(3); damage > 0; damage--)
            {
                text[random.Next(text.Length)] = (byte)random.Next(256);
            }

            Compare(text);
        }
    }

    private static void Compare(byte[] text)
    {
        if (Utf8.IsValid(text) != Utf8Text.IsValid(text))
        {
            Assert.Fail(Convert.ToHexString(text));
        }
    }
}
