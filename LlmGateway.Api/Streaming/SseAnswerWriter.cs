using System.Buffers;
using System.IO.Pipelines;
using LlmGateway.Api.Hosting;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using Microsoft.Extensions.Options;

namespace LlmGateway.Api.Streaming;

/// <summary>
/// Writes a streamed answer as server-sent events the way OpenAI does: <c>data:</c> lines only, and <c>data: [DONE]</c> at the end of
/// a whole answer and of no other. An answer that broke off ends with an error event instead. What the events hold is the format's.
/// </summary>
internal sealed class SseAnswerWriter(TimeProvider time, IOptions<ServerOptions> options)
{
    private readonly TimeSpan _keepAlive = options.Value.StreamKeepAlive;

    public async ValueTask WriteAsync(HttpContext context, StreamAnswer stream, IChunkFormat format)
    {
        SseHeaders.Set(context);
        var output = context.Response.BodyWriter;
        using var keepAlive = new StreamKeepAlive(output, time, _keepAlive);
        StreamState state;
        do
        {
            await keepAlive.TakeAsync();
            while (stream.TryRead(out var chunk))
            {
                format.Write(output, chunk.Span);
            }

            // Per batch of chunks that arrived together, so that no chunk waits for the next.
            var flushed = await output.FlushAsync();
            if (flushed.IsCompleted || flushed.IsCanceled || context.RequestAborted.IsCancellationRequested)
            {
                return;
            }

            keepAlive.GiveBack();
            state = await stream.WaitAsync();
        }
        while (state == StreamState.Ready);

        await keepAlive.TakeAsync();
        Finish(output, state, stream.Error, format);
        await output.FlushAsync();
    }

    private static void Finish(PipeWriter output, StreamState state, GatewayError? error, IChunkFormat format)
    {
        if (state == StreamState.Completed)
        {
            format.Complete(output);
            output.Write("data: [DONE]\n\n"u8);
            return;
        }

        if (error is { Code: not GatewayErrorCode.ClientClosedRequest })
        {
            output.Write("data: "u8);
            // Never a provider's own document: its line ends would be those of the event.
            ErrorMapper.Write(error with { UpstreamBody = default }, output);
            output.Write("\n\n"u8);
        }
    }
}
