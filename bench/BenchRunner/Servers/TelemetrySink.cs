using System.Globalization;
using System.Net;

namespace LlmGateway.Bench.Servers;

/// <summary>A collector that takes what the gateway exports (OTLP over HTTP) and forgets it.</summary>
internal sealed class TelemetrySink : IDisposable
{
    private readonly HttpListener _listener = new();

    public TelemetrySink(int port)
    {
        Endpoint = $"http://127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}";
        _listener.Prefixes.Add(Endpoint + "/");
        _listener.Start();
        _ = Task.Run(TakeAsync);
    }

    /// <summary>What <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> has to say.</summary>
    public string Endpoint { get; }

    public void Dispose() => ((IDisposable)_listener).Dispose();

    private async Task TakeAsync()
    {
        while (_listener.IsListening)
        {
            try
            {
                var context = await _listener.GetContextAsync();
                await context.Request.InputStream.CopyToAsync(Stream.Null);
                context.Response.ContentType = "application/x-protobuf";
                context.Response.Close();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or IOException)
            {
                // Stopped, or an exporter that did not wait for its answer.
            }
        }
    }
}
