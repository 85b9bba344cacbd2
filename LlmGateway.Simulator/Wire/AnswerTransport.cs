using System.Buffers;
using LlmGateway.Simulator.Faults;

namespace LlmGateway.Simulator.Wire;

/// <summary>Puts bodies and frames on the connection, and lets the request's faults strike there.</summary>
internal sealed class AnswerTransport(HttpContext http, WireDialect dialect, RecordedRequest record, CancellationToken aborted)
{
    private FaultyWriter? _faults;

    /// <summary>Faults that strike while the answer is sent.</summary>
    public void Use(IReadOnlyList<Fault> faults) => _faults = new FaultyWriter(faults, http, dialect, record, aborted);

    public async ValueTask SendBodyAsync(int status, ReadOnlyMemory<byte> body)
    {
        if (_faults is not null && status == StatusCodes.Status200OK)
        {
            await _faults.SendBodyAsync(body);
            return;
        }

        await SendRawAsync(status, dialect.JsonContentType, body);
    }

    /// <summary>Whatever is asked, without faults.</summary>
    public async ValueTask SendRawAsync(int status, string contentType, ReadOnlyMemory<byte> body)
    {
        http.Response.StatusCode = record.Status = status;
        http.Response.ContentType = contentType;
        http.Response.ContentLength = body.Length;
        http.Response.BodyWriter.Write(body.Span);
        await http.Response.BodyWriter.FlushAsync(aborted);
        aborted.ThrowIfCancellationRequested();
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

    public ValueTask SendFrameAsync(FrameKind kind, ReadOnlyMemory<byte> payload, string? eventName)
    {
        if (_faults is not null) return _faults.SendFrameAsync(kind, payload, eventName);
        dialect.WriteFrame(http.Response.BodyWriter, payload.Span, eventName, crlf: false);
        return FlushAsync();
    }

    public async ValueTask EndStreamAsync()
    {
        if (_faults is not null) await _faults.EndStreamAsync();
        await http.Response.CompleteAsync();
    }

    private async ValueTask FlushAsync()
    {
        // A response whose connection is gone swallows writes, and the token that tells of it comes later than the flush does.
        var flushed = await http.Response.BodyWriter.FlushAsync(aborted);
        if (flushed.IsCompleted) throw new OperationCanceledException("The client has gone.", aborted);
        aborted.ThrowIfCancellationRequested();
        record.ChunksSent++;
    }
}
