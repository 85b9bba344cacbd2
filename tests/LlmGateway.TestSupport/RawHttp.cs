using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace LlmGateway.TestSupport;

public enum ConnectionEnd { Closed, Reset, TimedOut }

/// <summary>What a socket received, byte for byte, and how the connection ended.</summary>
/// <param name="Reads">The received pieces as the socket delivered them.</param>
public sealed record RawAnswer(byte[] Bytes, ConnectionEnd End, IReadOnlyList<int> Reads)
{
    public string Text => Encoding.UTF8.GetString(Bytes);

    public string Head => Text.Contains("\r\n\r\n", StringComparison.Ordinal) ? Text[..Text.IndexOf("\r\n\r\n", StringComparison.Ordinal)] : Text;

    /// <summary>The body, chunked coding removed; a body whose last chunk never came is what came of it.</summary>
    public string Body => Encoding.UTF8.GetString(Decode(out _));

    /// <summary>The body ended as HTTP wants it: by its length, or by the last chunk.</summary>
    public bool BodyIsComplete
    {
        get
        {
            Decode(out var complete);
            return complete;
        }
    }

    private byte[] Decode(out bool complete)
    {
        complete = false;
        var start = Bytes.AsSpan().IndexOf("\r\n\r\n"u8);
        if (start < 0) return [];
        var rest = Bytes.AsSpan(start + 4);
        if (!Head.Contains("chunked", StringComparison.OrdinalIgnoreCase))
        {
            var line = Head.Split("\r\n").FirstOrDefault(l => l.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
            complete = line is not null && int.Parse(line[15..], CultureInfo.InvariantCulture) == rest.Length;
            return rest.ToArray();
        }

        var body = new MemoryStream();
        while (true)
        {
            var lineEnd = rest.IndexOf("\r\n"u8);
            if (lineEnd < 0) return body.ToArray();
            var size = int.Parse(Encoding.ASCII.GetString(rest[..lineEnd]), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            rest = rest[(lineEnd + 2)..];
            if (size == 0)
            {
                complete = true;
                return body.ToArray();
            }

            if (rest.Length < size + 2)
            {
                body.Write(rest[..Math.Min(size, rest.Length)]);
                return body.ToArray();
            }

            body.Write(rest[..size]);
            rest = rest[(size + 2)..];
        }
    }
}

/// <summary>HTTP over a bare socket, for tests about bytes and about how connections end.</summary>
public static class RawHttp
{
    /// <param name="quiet">How long silence may last before the answer is taken as stalled.</param>
    public static async Task<RawAnswer> PostAsync(Uri server, string path, string json, string headers = "", TimeSpan? quiet = null)
    {
        var body = Encoding.UTF8.GetBytes(json);
        var head = $"POST {path} HTTP/1.1\r\nHost: {server.Authority}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\nConnection: close\r\n{headers}\r\n";
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server.Host, server.Port);
        await socket.SendAsync((byte[])[.. Encoding.ASCII.GetBytes(head), .. body]);
        return await ReadAsync(socket, quiet ?? TimeSpan.FromSeconds(20));
    }

    private static async Task<RawAnswer> ReadAsync(Socket socket, TimeSpan quiet)
    {
        var received = new MemoryStream();
        var reads = new List<int>();
        var buffer = new byte[64 * 1024];
        while (true)
        {
            using var silence = new CancellationTokenSource(quiet);
            try
            {
                var count = await socket.ReceiveAsync(buffer, silence.Token);
                if (count == 0) return new(received.ToArray(), ConnectionEnd.Closed, reads);
                received.Write(buffer, 0, count);
                reads.Add(count);
            }
            catch (OperationCanceledException)
            {
                return new(received.ToArray(), ConnectionEnd.TimedOut, reads);
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
            {
                return new(received.ToArray(), ConnectionEnd.Reset, reads);
            }
        }
    }
}
