using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;

namespace LlmGateway.Simulator.Faults;

/// <summary>The two ways a connection dies.</summary>
internal static class Connection
{
    /// <summary>A TCP reset: the client's next read fails with ECONNRESET. What was flushed before still arrives.</summary>
    public static void Reset(HttpContext http)
    {
        // Closing with linger 0 makes the kernel send RST at once, without a FIN before it.
        Close(http, new LingerOption(true, 0));
    }

    /// <summary>The connection closes with FIN and the chunked body stays without its end.</summary>
    public static void Cut(HttpContext http) => Close(http, new LingerOption(false, 0));

    // Kestrel's own abort sends RST or FIN by an option of the whole transport; closing the socket first settles which.
    private static void Close(HttpContext http, LingerOption linger)
    {
        if (http.Features.Get<IConnectionSocketFeature>()?.Socket is { } socket)
        {
            socket.LingerState = linger;
            if (!linger.Enabled) socket.Shutdown(SocketShutdown.Both);
            socket.Close();
        }

        http.Abort();
    }
}
