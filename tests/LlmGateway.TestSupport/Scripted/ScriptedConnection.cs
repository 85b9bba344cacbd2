using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace LlmGateway.TestSupport;

/// <summary>One request being answered: what a script writes goes onto the wire at once, byte for byte.</summary>
public sealed class ScriptedConnection
{
    private readonly Socket _socket;
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal ScriptedConnection(Socket socket, ScriptedRequest request)
    {
        _socket = socket;
        Request = request;
    }

    public ScriptedRequest Request { get; }

    /// <summary>The client has closed or reset the connection while this answer was under way.</summary>
    public Task Left => _left.Task;

    /// <summary>No further request can follow on the connection.</summary>
    internal bool IsOver { get; private set; }

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await _socket.SendAsync(bytes)..];
        }
    }

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    /// <summary>The head of a chunked response.</summary>
    public Task SendHeadAsync(string contentType, int status = 200, string? headers = null) => SendAsync(
        $"HTTP/1.1 {status} Scripted\r\nContent-Type: {contentType}\r\n{headers}Transfer-Encoding: chunked\r\n\r\n");

    /// <summary>One HTTP chunk, sent by itself.</summary>
    public Task SendChunkAsync(ReadOnlyMemory<byte> bytes)
    {
        var size = Encoding.ASCII.GetBytes(bytes.Length.ToString("x", CultureInfo.InvariantCulture) + "\r\n");
        return SendAsync((byte[])[.. size, .. bytes.Span, (byte)'\r', (byte)'\n']);
    }

    public Task SendChunkAsync(string text) => SendChunkAsync(Encoding.UTF8.GetBytes(text));

    /// <summary>The end of a chunked response, as it should be.</summary>
    public Task EndAsync() => SendAsync("0\r\n\r\n");

    /// <summary>Closes the connection in good order, wherever the response stands.</summary>
    public Task CutAsync()
    {
        IsOver = true;
        _socket.Shutdown(SocketShutdown.Both);
        return Task.CompletedTask;
    }

    /// <summary>Resets the connection.</summary>
    public Task ResetAsync()
    {
        IsOver = true;
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Close();
        return Task.CompletedTask;
    }

    /// <summary>Sends nothing more and waits until the client leaves.</summary>
    public Task StallAsync()
    {
        IsOver = true;
        return Left;
    }

    /// <summary>Notices when the client leaves: it sends nothing while it waits for an answer.</summary>
    internal async Task WatchAsync(CancellationToken stop)
    {
        try
        {
            var one = new byte[1];
            await _socket.ReceiveAsync(one, SocketFlags.Peek, stop);
            if (_socket.Available == 0)
            {
                _left.TrySetResult();
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            _left.TrySetResult();
        }
        catch (OperationCanceledException)
        {
            // The answer is done, or the server stops.
        }
    }
}
