using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;

namespace LlmGateway.Simulator.Faults;

/// <summary>The two ways a connection dies.</summary>
internal static class Connection
{
    /// <summary>A TCP reset: the client's next read fails with ECONNRESET. What was flushed before still arrives.</summary>
    public static void Reset(HttpContext http)
    {
        if (http.Features.Get<IConnectionSocketFeature>()?.Socket is { } socket)
        {
            // Closing with linger 0 makes the kernel send RST. Kestrel's own abort would send FIN first.
            socket.LingerState = new LingerOption(true, 0);
            socket.Close(0);
        }

        http.Abort();
    }

    /// <summary>The connection closes with FIN and the chunked body stays without its end.</summary>
    public static void Cut(HttpContext http) => http.Abort();
}
