using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace LlmGateway.TestSupport;

/// <summary>An address where every connection is refused: its port is taken, so that nobody else comes to listen there, and nothing listens on it.</summary>
public sealed class RefusingAddress : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public RefusingAddress()
    {
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)_socket.LocalEndPoint!).Port}");
    }

    /// <summary>Without a path.</summary>
    public string Url { get; }

    public void Dispose() => _socket.Dispose();
}
