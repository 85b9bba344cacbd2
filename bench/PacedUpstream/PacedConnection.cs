using System.Net.Sockets;

namespace LlmGateway.Bench.PacedUpstream;

/// <summary>One keep-alive connection: what was read of the next request and how far the present answer is.</summary>
internal sealed class PacedConnection(Socket socket) : IDisposable
{
    private byte[] _unsent = [];

    public Socket Socket { get; } = socket;

    public byte[] Input { get; set; } = new byte[2048];

    public int InputLength { get; set; }

    public bool Answering { get; set; }

    public int Number { get; set; }

    public int Chunks { get; set; }

    public int Interval { get; set; }

    public ChunkBytes Bytes { get; set; } = null!;

    public bool Closed { get; private set; }

    public bool HasUnsent => _unsent.Length > 0;

    /// <summary>Sends what the socket takes and keeps the rest for the next call; never blocks.</summary>
    public void Send(ReadOnlySpan<byte> bytes)
    {
        if (HasUnsent)
        {
            bytes = _unsent = [.. _unsent, .. bytes];
        }

        if (bytes.IsEmpty || Closed)
        {
            return;
        }

        var sent = Socket.Send(bytes, SocketFlags.None, out var error);
        if (error is not (SocketError.Success or SocketError.WouldBlock))
        {
            Dispose();
            return;
        }

        sent = error == SocketError.WouldBlock ? 0 : sent;
        _unsent = sent == bytes.Length ? [] : bytes[sent..].ToArray();
    }

    public void Dispose()
    {
        Closed = true;
        Socket.Dispose();
    }
}
