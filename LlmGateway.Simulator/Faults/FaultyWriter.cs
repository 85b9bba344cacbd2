using System.Buffers;
using System.Text.Json;
using LlmGateway.Simulator.Wire;

namespace LlmGateway.Simulator.Faults;

/// <summary>Sends bodies and frames as the faults of one request have it. Works on framed bytes, so it knows no wire.</summary>
internal sealed class FaultyWriter(IReadOnlyList<Fault> faults, HttpContext http, WireDialect dialect, RecordedRequest record, CancellationToken aborted)
{
    private const int DefaultGiantBytes = 16 * 1024 * 1024;
    private const int PaddingPiece = 64 * 1024;

    private readonly ArrayBufferWriter<byte> _frame = new(512);
    private readonly int _pieceBytes = faults.FirstOrDefault(f => f.Kind == FaultKind.Split) is { } split ? Math.Max(1, split.Bytes ?? 1) : int.MaxValue;
    private readonly bool _crlf = faults.Any(f => f.Kind == FaultKind.Crlf);

    public async ValueTask SendFrameAsync(FrameKind kind, ReadOnlyMemory<byte> payload, string? eventName)
    {
        if (kind is FrameKind.Done or FrameKind.Last && Has(FaultKind.NoDone)) return;
        if (kind is FrameKind.Finish or FrameKind.Last && Has(FaultKind.NoFinish)) return;

        if (At(FaultKind.Malformed, record.ChunksSent) is not null) payload = payload[..(payload.Length / 2)];
        if (At(FaultKind.Truncate, record.ChunksSent) is not null)
        {
            await TruncateAsync(payload, eventName);
            return;
        }

        var giant = At(FaultKind.Giant, record.ChunksSent);
        if (giant is not null) payload = Padded(payload, giant.Bytes ?? DefaultGiantBytes);
        Frame(payload.Span, eventName);
        ReadOnlyMemory<byte> frame = _frame.WrittenMemory;
        if (At(FaultKind.Corrupt, record.ChunksSent) is { } corrupt) frame = Corrupted(frame, corrupt.Bytes);
        await StrikeAsync(frame);
        await WriteAsync(frame);
        record.ChunksSent++;
    }

    public ValueTask EndStreamAsync() => StrikeAsync(default);

    public async ValueTask SendBodyAsync(ReadOnlyMemory<byte> body)
    {
        var response = http.Response;
        response.StatusCode = record.Status = StatusCodes.Status200OK;
        response.ContentType = dialect.JsonContentType;
        var ends = faults.FirstOrDefault(f => f.Kind is FaultKind.End or FaultKind.Truncate or FaultKind.Malformed);
        if (ends is not null)
        {
            // No Content-Length: half a document in a body that is whole as far as HTTP can tell.
            await WriteAsync(body[..Math.Min(ends.Bytes ?? (body.Length / 2), body.Length)]);
            await response.CompleteAsync();
            throw new AnswerEndedException();
        }

        if (faults.FirstOrDefault(f => f.Kind == FaultKind.Corrupt) is { } corrupt) body = Corrupted(body, corrupt.Bytes);
        if (faults.FirstOrDefault(f => f.Kind == FaultKind.Giant) is { } giant) body = Padded(body, giant.Bytes ?? DefaultGiantBytes);
        response.ContentLength = body.Length;
        if (faults.FirstOrDefault(f => f.Kind is FaultKind.Cut or FaultKind.Reset or FaultKind.Stall) is { } breaks)
        {
            await WriteAsync(body[..Math.Min(breaks.Bytes ?? (body.Length / 2), body.Length - 1)]);
            await BreakAsync(breaks);
        }

        await WriteAsync(body);
        record.ChunksSent++;
    }

    private bool Has(FaultKind kind) => faults.Any(f => f.Kind == kind);

    private Fault? At(FaultKind kind, int chunks) => faults.FirstOrDefault(f => f.Kind == kind && f.Place == chunks);

    /// <summary>Faults whose time has come before the next frame.</summary>
    private async ValueTask StrikeAsync(ReadOnlyMemory<byte> next)
    {
        foreach (var fault in faults)
        {
            if (fault.Place != record.ChunksSent) continue;
            switch (fault.Kind)
            {
                case FaultKind.Cut or FaultKind.Reset or FaultKind.Stall:
                    await WriteAsync(next[..Math.Min(fault.Bytes ?? 0, next.Length)]);
                    await BreakAsync(fault);
                    break;
                case FaultKind.End:
                    await WriteAsync(next[..Math.Min(fault.Bytes ?? 0, next.Length)]);
                    await http.Response.CompleteAsync();
                    throw new AnswerEndedException();
                case FaultKind.ErrorEvent:
                    await EndAfterAsync(ErrorPayload(fault.Code), dialect.StreamErrorEvent(fault.Code));
                    break;
            }
        }
    }

    private async ValueTask BreakAsync(Fault fault)
    {
        // An answer of which nothing was written yet has sent no headers either.
        if (!http.Response.HasStarted) await http.Response.StartAsync(aborted);
        await http.Response.BodyWriter.FlushAsync(aborted);
        if (fault.Kind == FaultKind.Stall) await Task.Delay(Timeout.InfiniteTimeSpan, aborted);
        if (fault.Kind == FaultKind.Reset) Connection.Reset(http);
        else Connection.Cut(http);
        throw new AnswerEndedException();
    }

    private async ValueTask TruncateAsync(ReadOnlyMemory<byte> payload, string? eventName)
    {
        if (!dialect.HasBinaryFrames)
        {
            await EndAfterAsync(payload[..(payload.Length / 2)]);
            return;
        }

        Frame(payload.Span, eventName);
        await WriteAsync(_frame.WrittenMemory[..(_frame.WrittenCount / 2)]);
        record.ChunksSent++;
        await http.Response.CompleteAsync();
        throw new AnswerEndedException();
    }

    private async ValueTask EndAfterAsync(ReadOnlyMemory<byte> payload, string? eventName = null)
    {
        Frame(payload.Span, eventName);
        await WriteAsync(_frame.WrittenMemory);
        record.ChunksSent++;
        await http.Response.CompleteAsync();
        throw new AnswerEndedException();
    }

    private byte[] ErrorPayload(int status)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, SimulatorJson.WriterOptions);
        dialect.WriteStreamError(json, EarlyFaults.ErrorFor(status, "error-event"));
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>White space behind the first brace: as large as wanted and still the same JSON document.</summary>
    private static byte[] Padded(ReadOnlyMemory<byte> payload, int bytes)
    {
        if (payload.IsEmpty || payload.Span[0] != (byte)'{') return payload.ToArray();
        var padded = new byte[payload.Length + bytes];
        padded[0] = (byte)'{';
        padded.AsSpan(1, bytes).Fill((byte)' ');
        payload.Span[1..].CopyTo(padded.AsSpan(1 + bytes));
        return padded;
    }

    private static byte[] Corrupted(ReadOnlyMemory<byte> bytes, int? place)
    {
        var corrupted = bytes.ToArray();
        if (corrupted.Length == 0) return corrupted;
        ref var struck = ref corrupted[Math.Min(place ?? (corrupted.Length / 2), corrupted.Length - 1)];
        // 0xFF stands in no UTF-8; where a length or checksum holds it already, another byte is as wrong.
        struck = struck == 0xFF ? (byte)0xFE : (byte)0xFF;
        return corrupted;
    }

    private void Frame(ReadOnlySpan<byte> payload, string? eventName)
    {
        _frame.ResetWrittenCount();
        dialect.WriteFrame(_frame, payload, eventName, _crlf);
    }

    private async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var piece = bytes[..Math.Min(Math.Min(_pieceBytes, PaddingPiece), bytes.Length)];
            http.Response.BodyWriter.Write(piece.Span);
            await http.Response.BodyWriter.FlushAsync(aborted);
            aborted.ThrowIfCancellationRequested();
            bytes = bytes[piece.Length..];
        }
    }
}
