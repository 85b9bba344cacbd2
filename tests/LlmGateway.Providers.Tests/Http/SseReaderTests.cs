using System.Text;
using LlmGateway.Core.Protocol;
using LlmGateway.Providers.Http;

namespace LlmGateway.Providers.Tests.Http;

public sealed class SseReaderTests
{
    [Theory]
    [InlineData("data: one\n\ndata: two\n\n")]
    [InlineData("data: one\r\n\r\ndata: two\r\n\r\n")]
    [InlineData("data:one\n\ndata:two\n\n")]
    [InlineData("\n\r\ndata: one\n\n\n\ndata: two\n\n")]
    [InlineData(": comment\n\ndata: one\n: comment\n\n: comment\r\n\r\ndata: two\r\n\r\n")]
    [InlineData("event: x\nid: 7\ndata: one\nretry: 1\n\nid\ndata: two\n\ndataset: no\n\n")]
    [InlineData("\uFEFFdata: one\n\ndata: two\n\n")]
    [InlineData("data: one\n\ndata: two\n\ndata: cut off")]
    [InlineData("data: one\n\ndata: two\r\n\r\ndata: cut off\r\n\r")]
    public void Events_AreTheSameHoweverTheBytesArrive(string stream)
    {
        foreach (var size in new[] { 1, 2, 3, 5, 7, 64, 4096 })
        {
            Assert.Equal(["one", "two"], Read(stream, size));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1000)]
    public void SeveralDataLines_AreOneTextWithLineFeeds(int size)
    {
        Assert.Equal(["first\n\nthird", "next"], Read("data: first\r\ndata\r\ndata: third\r\n\r\ndata: next\n\n", size));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(1000)]
    public void OnlyOneBlankAfterTheColonIsDropped_AndEmptyDataIsAnEvent(int size)
    {
        Assert.Equal([" two blanks ", "", "x:y"], Read("data:  two blanks \n\ndata:\n\ndata: x:y\n\n", size));
    }

    [Fact]
    public void ByteOrderMark_CountsOnlyAtTheBeginning()
    {
        Assert.Equal(["one"], Read("data: one\n\n\uFEFFdata: two\n\n", 1));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void MultiByteCharacters_SurviveAnySplit(int size)
    {
        Assert.Equal(["Grüße 😀 漢字 👩‍👩‍👧"], Read("data: Grüße 😀 漢字 👩‍👩‍👧\n\n", size));
    }

    [Theory]
    [InlineData(997)]
    [InlineData(16 * 1024)]
    public void HugeEvent_IsReadWhole(int size)
    {
        var huge = new string('x', 3_000_000);
        Assert.Equal([huge, "after"], Read($"data: {huge}\n\ndata: after\n\n", size));
    }

    [Fact]
    public void WhatIsLeft_StaysInTheBuffer()
    {
        using var buffer = new PooledBuffer();
        using var reader = new SseReader(buffer);
        Write(buffer, "data: one\n\ndata: tw"u8);
        Assert.True(reader.TryRead(out _));
        Assert.False(reader.TryRead(out _));
        Assert.Equal("data: tw", Encoding.UTF8.GetString(buffer.WrittenSpan));
    }

    private static List<string> Read(string stream, int size)
    {
        using var buffer = new PooledBuffer();
        using var reader = new SseReader(buffer);
        var events = new List<string>();
        foreach (var piece in Encoding.UTF8.GetBytes(stream).Chunk(size))
        {
            Write(buffer, piece);
            while (reader.TryRead(out var data))
            {
                events.Add(Encoding.UTF8.GetString(data.Span));
            }
        }

        return events;
    }

    private static void Write(PooledBuffer buffer, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(buffer.GetSpan(bytes.Length));
        buffer.Advance(bytes.Length);
    }
}
