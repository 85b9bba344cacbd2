using System.Text;
using LlmGateway.Core.Protocol;
using LlmGateway.Providers.Http;
using LlmGateway.Providers.Ollama;

namespace LlmGateway.Providers.Tests.Ollama;

public sealed class AllocationTests
{
    [Fact]
    public void TranslatingALine_AllocatesNothing()
    {
        var line = Encoding.UTF8.GetBytes(
            """{"model":"m","created_at":"2026-01-02T03:04:05Z","message":{"role":"assistant","content":" Grüße 😀","thinking":"so"},"done":false}""" + "\n");
        using var received = new PooledBuffer();
        var chunks = new ChunkWriter(Calls.Chat("""{"model":"m","stream":true,"messages":[{"role":"user","content":"x"}]}""").View, 0);
        var lines = new LineReader(received);
        using var queue = chunks.Queue;
        Translate(received, lines, chunks, line, 100);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Translate(received, lines, chunks, line, 10_000);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1024);
    }

    private static void Translate(PooledBuffer received, LineReader lines, ChunkWriter chunks, byte[] line, int times)
    {
        for (var i = 0; i < times; i++)
        {
            line.CopyTo(received.GetSpan(line.Length));
            received.Advance(line.Length);
            chunks.Queue.Clear();
            if (!lines.TryRead(out var memory) || !OllamaReply.TryRead(memory.Span, out var reply) || !chunks.TryWriteDelta(memory, reply) || !chunks.Queue.TryTake(out _))
            {
                throw new InvalidOperationException("The line was not translated.");
            }
        }
    }
}
