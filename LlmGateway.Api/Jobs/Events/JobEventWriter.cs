using System.Buffers;
using System.Buffers.Text;
using System.IO.Pipelines;
using System.Text.Json;
using LlmGateway.Api.Streaming;
using LlmGateway.Contracts.Jobs;
using LlmGateway.Core.Protocol;
using LlmGateway.Data.Jobs;

namespace LlmGateway.Api.Jobs.Events;

/// <summary>
/// Writes the events of a job to one client. Shares the response with the comments that keep the connection alive: take the pen, write
/// whole events, flush.
/// </summary>
internal sealed class JobEventWriter(PipeWriter output, StreamKeepAlive keepAlive, JobOptions options, CancellationToken stop)
{
    private const int IdRoom = 32;

    /// <summary>Bytes of events that are handed over together at most.</summary>
    public const int MostAtOnce = 256 * 1024;

    /// <summary>Bytes written since the last flush.</summary>
    public long Pending => output.UnflushedBytes;

    public Task TakeAsync() => keepAlive.TakeAsync().WaitAsync(stop);

    /// <summary>Hands over what was written, at the client's pace, and gives the pen back.</summary>
    /// <returns>False when the client has gone.</returns>
    public async ValueTask<bool> FlushAsync()
    {
        var flushed = await output.FlushAsync(stop);
        if (flushed.IsCompleted || flushed.IsCanceled)
        {
            return false;
        }

        keepAlive.GiveBack();
        return true;
    }

    /// <summary>Hands over what was written, and keeps the pen.</summary>
    public async ValueTask EndAsync() => await output.FlushAsync(stop);

    /// <summary>An event of an attempt: its start, or a chunk of the answer.</summary>
    public void Write(JobEventId id, ReadOnlySpan<byte> document)
    {
        output.Write(id.Sequence == 0 ? "event: started\nid: "u8 : "event: chunk\nid: "u8);
        var span = output.GetSpan(IdRoom);
        Utf8Formatter.TryFormat(id.Attempt, span, out var length);
        span[length++] = (byte)'-';
        Utf8Formatter.TryFormat(id.Sequence, span[length..], out var rest);
        span[length + rest] = (byte)'\n';
        output.Advance(length + rest + 1);
        OpenAIChunks.Format.Write(output, document);
    }

    /// <summary>How the job stands. Has no id: it is no event to go on from.</summary>
    public void WriteStatus(JobState state, long? position)
    {
        output.Write("event: status\n"u8);
        using var document = new PooledBuffer();
        using (var json = new Utf8JsonWriter(document))
        {
            JobStatusDocument.Write(json, state, position);
        }

        OpenAIChunks.Format.Write(output, document.WrittenSpan);
    }

    /// <summary>The last event: the job without its result, of which the chunks were the parts.</summary>
    public void WriteEnd(Job job)
    {
        output.Write("event: "u8);
        output.Write(JobStatusDocument.Name(job.Status));
        output.Write("\nid: end\n"u8);
        using var document = new PooledBuffer();
        using (var json = new Utf8JsonWriter(document))
        {
            JobDocument.Write(json, job, position: null, estimate: null, options);
        }

        OpenAIChunks.Format.Write(output, document.WrittenSpan);
    }
}
