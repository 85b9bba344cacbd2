using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace LlmGateway.TestSupport;

/// <summary>Reads requests of HTTP/1.1 from a socket, one after another.</summary>
internal sealed class ScriptedRequestReader(Socket socket)
{
    private readonly List<byte> _received = [];

    /// <summary>Null when the client closed the connection between two requests.</summary>
    public async Task<ScriptedRequest?> ReadAsync()
    {
        int end;
        while ((end = Find("\r\n\r\n"u8)) < 0)
        {
            if (!await ReceiveAsync())
            {
                return null;
            }
        }

        var head = Encoding.ASCII.GetString([.. _received.Take(end)]);
        _received.RemoveRange(0, end + 4);
        var request = new ScriptedRequest(head, default);
        var body = request.Header("Transfer-Encoding") == "chunked"
            ? await ReadChunkedAsync()
            : await TakeAsync(int.Parse(request.Header("Content-Length") ?? "0", CultureInfo.InvariantCulture));
        return request with { Body = body };
    }

    private async Task<byte[]> ReadChunkedAsync()
    {
        var body = new List<byte>();
        while (true)
        {
            int end;
            while ((end = Find("\r\n"u8)) < 0)
            {
                await ReceiveMoreAsync();
            }

            var size = int.Parse(Encoding.ASCII.GetString([.. _received.Take(end)]), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            _received.RemoveRange(0, end + 2);
            body.AddRange(await TakeAsync(size));
            await TakeAsync(2);
            if (size == 0)
            {
                return [.. body];
            }
        }
    }

    private async Task<byte[]> TakeAsync(int count)
    {
        while (_received.Count < count)
        {
            await ReceiveMoreAsync();
        }

        byte[] taken = [.. _received.Take(count)];
        _received.RemoveRange(0, count);
        return taken;
    }

    private int Find(ReadOnlySpan<byte> text) => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_received).IndexOf(text);

    private async Task ReceiveMoreAsync()
    {
        if (!await ReceiveAsync())
        {
            throw new IOException("The client closed the connection within a request.");
        }
    }

    private async Task<bool> ReceiveAsync()
    {
        var buffer = new byte[16 * 1024];
        var count = await socket.ReceiveAsync(buffer);
        _received.AddRange(buffer.AsSpan(0, count));
        return count > 0;
    }
}
