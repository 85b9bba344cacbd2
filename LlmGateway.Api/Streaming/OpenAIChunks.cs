using System.Buffers;
using System.IO.Pipelines;

namespace LlmGateway.Api.Streaming;

/// <summary>Chunks as OpenAI sends them: one event each.</summary>
internal sealed class OpenAIChunks : IChunkFormat
{
    private OpenAIChunks()
    {
    }

    public static OpenAIChunks Format { get; } = new();

    public void Write(PipeWriter output, ReadOnlySpan<byte> chunk)
    {
        const int framing = 8;
        var hasLineEnd = chunk.ContainsAny((byte)'\r', (byte)'\n');
        if (chunk.Length + framing <= 2048 && !hasLineEnd)
        {
            var span = output.GetSpan(chunk.Length + framing);
            "data: "u8.CopyTo(span);
            chunk.CopyTo(span[6..]);
            "\n\n"u8.CopyTo(span[(6 + chunk.Length)..]);
            output.Advance(chunk.Length + framing);
            return;
        }

        output.Write("data: "u8);

        // In JSON a line end is white space and nothing else, in an event it would end the data.
        for (int end; hasLineEnd && (end = chunk.IndexOfAny((byte)'\r', (byte)'\n')) >= 0; chunk = chunk[(end + 1)..])
        {
            output.Write(chunk[..end]);
            output.Write(" "u8);
        }

        output.Write(chunk);
        output.Write("\n\n"u8);
    }

    public void Complete(PipeWriter output)
    {
    }
}
