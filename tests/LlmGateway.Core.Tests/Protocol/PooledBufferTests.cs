using System.Buffers;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Core.Tests.Protocol;

public class PooledBufferTests
{
    [Fact]
    public void New_HoldsNothing()
    {
        using var buffer = new PooledBuffer();
        Assert.Equal(0, buffer.Length);
        Assert.Equal(0, buffer.Free);
        Assert.True(buffer.Written.IsEmpty);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4095)]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(1_000_000)]
    public void GetSpan_IsAtLeastAsLongAsAsked(int size)
    {
        using var buffer = new PooledBuffer();
        Assert.True(buffer.GetSpan(size).Length >= Math.Max(1, size));
        Assert.True(buffer.GetMemory(size).Length >= Math.Max(1, size));
        Assert.Equal(0, buffer.Length);
    }

    [Fact]
    public void Growing_KeepsWhatWasWritten()
    {
        using var buffer = new PooledBuffer();
        var expected = new List<byte>();
        var random = new Random(7);
        for (var i = 0; i < 200; i++)
        {
            var piece = new byte[random.Next(0, 3000)];
            random.NextBytes(piece);
            buffer.Write(piece);
            expected.AddRange(piece);
        }

        Assert.Equal(expected, buffer.Written.ToArray());
    }

    [Fact]
    public void ConsumeAndWrite_Interleaved_KeepTheUnconsumedBytesInOrder()
    {
        using var buffer = new PooledBuffer();
        var expected = new Queue<byte>();
        var random = new Random(11);
        for (var i = 0; i < 2000; i++)
        {
            var piece = new byte[random.Next(0, 700)];
            random.NextBytes(piece);
            buffer.Write(piece);
            foreach (var b in piece)
            {
                expected.Enqueue(b);
            }

            var consumed = random.Next(0, Math.Min(buffer.Length, 720) + 1);
            buffer.Consume(consumed);
            for (var c = 0; c < consumed; c++)
            {
                expected.Dequeue();
            }

            Assert.Equal(expected.Count, buffer.Length);
        }

        Assert.Equal(expected, buffer.WrittenSpan.ToArray());
    }

    [Fact]
    public void ConsumedRoom_IsUsedAgainInsteadOfGrowing()
    {
        using var buffer = new PooledBuffer();
        buffer.Write(new byte[4000]);
        var capacity = buffer.Length + buffer.Free;
        for (var i = 0; i < 1000; i++)
        {
            buffer.Consume(buffer.Length - 1);
            buffer.Write(new byte[1500]);
        }

        Assert.True(buffer.GetSpan().Length <= capacity, "the buffer grew though its content never did");
    }

    [Fact]
    public void ConsumingEverything_StartsAtTheFrontAgain()
    {
        using var buffer = new PooledBuffer();
        buffer.Write(new byte[100]);
        var free = buffer.Free;
        buffer.Consume(100);
        Assert.Equal(free + 100, buffer.Free);
    }

    [Fact]
    public void Clear_ForgetsEverything()
    {
        using var buffer = new PooledBuffer();
        buffer.Write("abc"u8);
        buffer.Clear();
        buffer.Write("d"u8);
        Assert.Equal("d"u8.ToArray(), buffer.Written.ToArray());
    }

    [Fact]
    public void Dispose_TwiceOrBeforeUse_DoesNothingHarmful()
    {
        var buffer = new PooledBuffer();
        buffer.Dispose();
        buffer.Write("abc"u8);
        Assert.Equal(3, buffer.Length);
        buffer.Dispose();
        buffer.Dispose();
        Assert.Equal(0, buffer.Length);

        // A second return to the pool would hand one array to two owners.
        var first = ArrayPool<byte>.Shared.Rent(4096);
        var second = ArrayPool<byte>.Shared.Rent(4096);
        Assert.NotSame(first, second);
        ArrayPool<byte>.Shared.Return(first);
        ArrayPool<byte>.Shared.Return(second);
    }
}
