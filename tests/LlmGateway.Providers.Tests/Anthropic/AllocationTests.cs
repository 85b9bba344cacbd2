using System.Text;
using LlmGateway.Core.Protocol;
using LlmGateway.Providers.Anthropic;
using LlmGateway.Providers.Http;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Tests.Anthropic;

public sealed class AllocationTests
{
    [Fact]
    public void TranslatingAnEvent_AllocatesNothing()
    {
        var data = Encoding.UTF8.GetBytes(
            "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\" Grüße 😀\"}}\n\n");
        using var received = new PooledBuffer();
        using var events = new SseReader(received);
        var chunks = new PartChunkWriter(Calls.Chat("""{"model":"m","stream":true,"messages":[{"role":"user","content":"x"}]}""").View, 0);
        using var queue = chunks.Queue;
        Translate(received, events, chunks, data, 100);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Translate(received, events, chunks, data, 10_000);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1024);
    }

    private static void Translate(PooledBuffer received, SseReader events, PartChunkWriter chunks, byte[] data, int times)
    {
        for (var i = 0; i < times; i++)
        {
            data.CopyTo(received.GetSpan(data.Length));
            received.Advance(data.Length);
            chunks.Queue.Clear();
            if (!events.TryRead(out var memory) || !StreamEvent.TryRead(memory.Span, out var read)
                || !chunks.TryWriteDelta(PartKind.Text, read.Part, memory.Span) || !chunks.Queue.TryTake(out _))
            {
                throw new InvalidOperationException("The event was not translated.");
            }
        }
    }
}
