using System.Buffers;
using System.Text;

namespace LlmGateway.Simulator.Wire;

/// <summary>Reads and records a request, then runs its handler. Endpoints are <c>factory.Handle(dialect, handler)</c>.</summary>
internal sealed class ExchangeFactory(SimulatorState state, IHostApplicationLifetime lifetime)
{
    public RequestDelegate Handle(WireDialect dialect, Func<Exchange, Task> handler) => async http =>
    {
        using var aborted = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, lifetime.ApplicationStopping);
        var record = Record(http.Request);
        http.Response.Headers["x-request-id"] = record.Id;
        if (dialect.RequestIdHeader is { } idHeader) http.Response.Headers[idHeader] = record.Id;
        state.Log.Add(record);

        ReadOnlyMemory<byte> body = default;
        SimulatorException? refused = null;
        try
        {
            body = await ReadBodyAsync(http.Request, aborted.Token);
        }
        catch (SimulatorException e)
        {
            refused = e;
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            record.Outcome = RequestOutcome.ClientAborted;
            return;
        }

        record.Body = Encoding.UTF8.GetString(body.Span[..Math.Min(body.Length, state.Options.RecordedBodyBytes)]);
        await using var exchange = new Exchange(http, dialect, state, record, body, aborted.Token);
        await exchange.RunAsync(handler, refused);
    };

    private RecordedRequest Record(HttpRequest request) => new()
    {
        Id = "req_" + Guid.NewGuid().ToString("N"),
        At = state.Time.GetUtcNow(),
        Method = request.Method,
        Path = request.Path + request.QueryString,
        Headers = request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase),
    };

    private async Task<ReadOnlyMemory<byte>> ReadBodyAsync(HttpRequest request, CancellationToken ct)
    {
        var buffer = new ArrayBufferWriter<byte>((int)Math.Clamp(request.ContentLength ?? 1024, 256, 1 << 20));
        int read;
        while ((read = await request.Body.ReadAsync(buffer.GetMemory(4096), ct)) > 0)
        {
            buffer.Advance(read);
            if (buffer.WrittenCount > state.Options.MaxRequestBytes)
                throw new SimulatorException(413, "The request body is too large.", "invalid_request_error");
        }

        return buffer.WrittenMemory;
    }
}
