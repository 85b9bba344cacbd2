using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace LlmGateway.Api.Tests.Support;

/// <summary>One answer as it came over the wire.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Headers">Header lines in their order.</param>
/// <param name="Body">The body, chunked coding removed.</param>
/// <param name="IsComplete">The body ended as HTTP wants it.</param>
public sealed record RawResponse(int Status, IReadOnlyList<(string Name, string Value)> Headers, string Body, bool IsComplete)
{
    public string? this[string name] => Headers.FirstOrDefault(h => h.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;
}

/// <summary>HTTP/1.1 over a bare socket: what is sent, and when, is the test's business alone.</summary>
public sealed class RawConnection : IAsyncDisposable
{
    private readonly Uri _server;
    private readonly List<byte> _received = [];
    private readonly byte[] _buffer = new byte[64 * 1024];

    private RawConnection(Uri server, Socket socket)
    {
        _server = server;
        Socket = socket;
    }

    public Socket Socket { get; }

    public static async Task<RawConnection> OpenAsync(Uri server, int? receiveBuffer = null)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBuffer is { } size)
        {
            socket.ReceiveBufferSize = size;
        }

        await socket.ConnectAsync(server.Host, server.Port);
        return new RawConnection(server, socket);
    }

    /// <summary>The head of a request, its empty line included.</summary>
    public string Head(string method, string path, string headers = "", string? key = TestGateway.Key) =>
        $"{method} {path} HTTP/1.1\r\nHost: {_server.Authority}\r\n{(key is null ? "" : $"Authorization: Bearer {key}\r\n")}{headers}\r\n";

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await Socket.SendAsync(bytes, TestTimeouts.Token())..];
        }
    }

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    public Task PostAsync(string path, string json, string headers = "")
    {
        var body = Encoding.UTF8.GetBytes(json);
        var head = Head("POST", path, string.Create(CultureInfo.InvariantCulture, $"Content-Type: application/json\r\nContent-Length: {body.Length}\r\n{headers}"));
        return SendAsync((byte[])[.. Encoding.Latin1.GetBytes(head), .. body]);
    }

    /// <summary>Sends until the other side does not take it any more.</summary>
    /// <returns>Bytes sent.</returns>
    public async Task<long> SendAsMuchAsPossibleAsync(long count)
    {
        var piece = new byte[64 * 1024];
        piece.AsSpan().Fill((byte)' ');
        var sent = 0L;
        try
        {
            while (sent < count)
            {
                sent += await Socket.SendAsync(piece.AsMemory(0, (int)Math.Min(piece.Length, count - sent)), TestTimeouts.Token());
            }
        }
        catch (SocketException)
        {
            // The gateway has had enough.
        }

        return sent;
    }

    /// <summary>Reads one whole answer and leaves the connection ready for the next.</summary>
    public async Task<RawResponse> ReadAsync(bool isHead = false)
    {
        var (status, headers) = await ReadHeadAsync();
        if (isHead || status is 100 or 204 or 304)
        {
            return new RawResponse(status, headers, "", true);
        }

        var response = new RawResponse(status, headers, "", true);
        if (response["Transfer-Encoding"] is not null)
        {
            var (body, complete) = await ReadChunkedAsync();
            return response with { Body = body, IsComplete = complete };
        }

        var length = int.Parse(response["Content-Length"] ?? throw new InvalidDataException("The answer tells no length."), CultureInfo.InvariantCulture);
        var complete2 = await TryFillAsync(length);
        return response with { Body = Take(Math.Min(length, _received.Count)), IsComplete = complete2 };
    }

    public async Task<(int Status, IReadOnlyList<(string, string)> Headers)> ReadHeadAsync()
    {
        int end;
        while ((end = Find("\r\n\r\n"u8)) < 0)
        {
            if (!await TryReceiveAsync())
            {
                throw new IOException($"The connection ended in the head of an answer, after: {Take(_received.Count)}");
            }
        }

        var lines = Take(end + 4).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        return (int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture),
            [.. lines.Skip(1).Select(l => l.Split(':', 2)).Select(p => (p[0], p[1].Trim()))]);
    }

    /// <summary>Waits until what has been received and not taken holds <paramref name="text"/>.</summary>
    public async Task WaitForAsync(string text)
    {
        var wanted = Encoding.UTF8.GetBytes(text);
        while (Find(wanted) < 0)
        {
            Assert.True(await TryReceiveAsync(), $"The connection ended before '{text}' came.");
        }
    }

    /// <summary>The gateway has closed the connection, in good order or not.</summary>
    public async Task<bool> IsClosedAsync()
    {
        while (await TryReceiveAsync())
        {
        }

        return true;
    }

    /// <summary>Closes with a TCP reset, as a client does that is killed.</summary>
    public void Reset()
    {
        Socket.LingerState = new LingerOption(true, 0);
        Socket.Close();
    }

    public ValueTask DisposeAsync()
    {
        Socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<(string Body, bool Complete)> ReadChunkedAsync()
    {
        var body = new List<byte>();
        while (true)
        {
            int end;
            while ((end = Find("\r\n"u8)) < 0)
            {
                if (!await TryReceiveAsync())
                {
                    return (Encoding.UTF8.GetString([.. body]), false);
                }
            }

            var size = int.Parse(Take(end + 2).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            var whole = await TryFillAsync(size + 2);
            body.AddRange(_received.Take(Math.Min(size, _received.Count)));
            Take(Math.Min(size + 2, _received.Count));
            if (!whole || size == 0)
            {
                return (Encoding.UTF8.GetString([.. body]), whole);
            }
        }
    }

    private async Task<bool> TryFillAsync(int count)
    {
        while (_received.Count < count)
        {
            if (!await TryReceiveAsync())
            {
                return false;
            }
        }

        return true;
    }

    private async Task<bool> TryReceiveAsync()
    {
        try
        {
            var count = await Socket.ReceiveAsync(_buffer, TestTimeouts.Token());
            _received.AddRange(_buffer.AsSpan(0, count));
            return count > 0;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private int Find(ReadOnlySpan<byte> text) => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_received).IndexOf(text);

    private string Take(int count)
    {
        var text = Encoding.UTF8.GetString(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_received)[..count]);
        _received.RemoveRange(0, count);
        return text;
    }
}
