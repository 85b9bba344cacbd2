using System.Text;
using LlmGateway.Core.Protocol;
using LlmGateway.Providers.Http;

namespace LlmGateway.Providers.Tests.Http;

public sealed class LineReaderTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(4096)]
    public void Lines_AreTheSameHoweverTheBytesArrive(int size)
    {
        using var buffer = new PooledBuffer();
        var reader = new LineReader(buffer);
        var lines = new List<string>();
        foreach (var piece in Encoding.UTF8.GetBytes("\n{\"a\":\"é😀\"}\n\r\n  \n{\"b\":2}\r\n{\"cut").Chunk(size))
        {
            piece.CopyTo(buffer.GetSpan(piece.Length));
            buffer.Advance(piece.Length);
            while (reader.TryRead(out var line))
            {
                lines.Add(Encoding.UTF8.GetString(line.Span));
            }
        }

        Assert.Equal(["{\"a\":\"é😀\"}", "{\"b\":2}\r"], lines);
        Assert.Equal("{\"cut", Encoding.UTF8.GetString(buffer.WrittenSpan));
    }
}
