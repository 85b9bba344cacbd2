using System.Buffers;

namespace LlmGateway.Simulator.Wire;

/// <summary>Puts bodies and frames on the connection.</summary>
internal sealed class AnswerTransport(HttpContext http, WireDialect dialect, RecordedRequest record, CancellationToken aborted)
{
    public async ValueTask SendBodyAsync(int status, ReadOnlyMemory<byte> body)
    {
        StartBody(status, dialect.JsonContentType, body.Length);
        await WriteAsync(body);
        record.ChunksSent++;
    }

    public ValueTask StartStreamAsync()
    {
        var response = http.Response;
        response.StatusCode = record.Status = StatusCodes.Status200OK;
        response.ContentType = dialect.StreamContentType;
        response.Headers.CacheControl = "no-cache";
        return new ValueTask(response.StartAsync(aborted));
    }

    public async ValueTask SendFrameAsync(FrameKind kind, ReadOnlyMemory<byte> payload, string? eventName)
    {
        dialect.WriteFrame(http.Response.BodyWriter, payload.Span, eventName, crlf: false);
        await FlushAsync();
        record.ChunksSent++;
    }

    public ValueTask EndStreamAsync() => new(http.Response.CompleteAsync());

    private void StartBody(int status, string contentType, int length)
    {
        http.Response.StatusCode = record.Status = status;
        http.Response.ContentType = contentType;
        http.Response.ContentLength = length;
    }

    private ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        http.Response.BodyWriter.Write(bytes.Span);
        return FlushAsync();
    }

    private async ValueTask FlushAsync()
    {
        // A response whose connection is gone swallows writes; the token is what tells.
        await http.Response.BodyWriter.FlushAsync(aborted);
        aborted.ThrowIfCancellationRequested();
    }
}
