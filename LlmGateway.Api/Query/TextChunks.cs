using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Json.Serialization;
using LlmGateway.Api.Streaming;

namespace LlmGateway.Api.Query;

/// <summary>
/// The events of <c>/stream</c>: <c>{"chunk": "…", "finished": false}</c> for each piece of text, and after the last one of a whole answer
/// an empty one that is finished. Whether an answer is whole shows only at its end, and no piece is held back to wait for it.
/// </summary>
internal sealed class TextChunks : IChunkFormat
{
    private TextChunks()
    {
    }

    public static TextChunks Format { get; } = new();

    public void Write(PipeWriter output, ReadOnlySpan<byte> chunk)
    {
        var text = AnswerText.InChunk(chunk);
        if (text.Length <= 2)
        {
            return;
        }

        if (chunk[text.Start] == '"')
        {
            // A JSON string holds no line end, so it cannot end the event.
            Write(output, chunk.Slice(text.Start, text.Length));
        }
        else if (AnswerText.Join(chunk.Slice(text.Start, text.Length).ToArray()) is { Length: > 0 } joined)
        {
            Write(output, JsonSerializer.SerializeToUtf8Bytes(joined, PlainJson.Default.String));
        }
    }

    public void Complete(PipeWriter output) => output.Write("data: {\"chunk\": \"\", \"finished\": true}\n\n"u8);

    private static void Write(PipeWriter output, ReadOnlySpan<byte> text)
    {
        output.Write("data: {\"chunk\": "u8);
        output.Write(text);
        output.Write(", \"finished\": false}\n\n"u8);
    }
}

[JsonSerializable(typeof(string))]
internal sealed partial class PlainJson : JsonSerializerContext;
