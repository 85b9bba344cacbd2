using System.IO.Pipelines;

namespace LlmGateway.Api.Streaming;

/// <summary>What becomes of the chunks of a streamed answer on their way into events. Without state of its own: all streams share one.</summary>
internal interface IChunkFormat
{
    /// <summary>Writes what becomes of one chunk, an OpenAI document: any number of events, none included.</summary>
    void Write(PipeWriter output, ReadOnlySpan<byte> chunk);

    /// <summary>Writes what stands between the last chunk of a whole answer and <c>[DONE]</c>.</summary>
    void Complete(PipeWriter output);
}
