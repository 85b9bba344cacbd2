using System.Net;
using System.Net.Sockets;
using System.Text;
using LlmGateway.Bench.Shared;

namespace LlmGateway.Bench.PacedUpstream;

/// <summary>
/// Accepts, reads and streams on one thread. Streams wait in a timer wheel of one-millisecond slots, so that a tick
/// costs as much as the streams that are due and nothing else.
/// </summary>
internal sealed class PacedServer : IDisposable
{
    private const int Slots = 1024;
    private const int ListenerToken = -1;
    private const long Millisecond = 1_000_000;

    private static readonly byte[] Models = Json(
        "{\"object\":\"list\",\"data\":[{\"id\":\"bench\",\"object\":\"model\",\"created\":1750000000,\"owned_by\":\"bench\"}]}");
    private static readonly byte[] Answer = Json(
        "{\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion\",\"created\":1750000000,\"model\":\"bench\",\"choices\":["
        + "{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"Hello.\",\"refusal\":null},\"logprobs\":null,\"finish_reason\":\"stop\"}],"
        + "\"usage\":{\"prompt_tokens\":24,\"completion_tokens\":2,\"total_tokens\":26}}");

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Epoll _epoll = new();
    private readonly Dictionary<int, PacedConnection> _connections = [];
    private readonly List<PacedConnection>[] _wheel = [.. Enumerable.Range(0, Slots).Select(_ => new List<PacedConnection>())];
    private readonly ChunkBytes _plain = new(withUsage: false);
    private readonly ChunkBytes _withUsage = new(withUsage: true);
    private readonly int _interval;
    private int _nextToken;
    private long _tick = Stamp.Now() / Millisecond;

    public PacedServer(IPEndPoint endPoint, int interval)
    {
        _interval = interval;
        _listener.Bind(endPoint);
        _listener.Listen(4096);
        _listener.Blocking = false;
        _epoll.Watch(_listener.Handle, ListenerToken);
    }

    public EndPoint EndPoint => _listener.LocalEndPoint!;

    public void Run()
    {
        while (true)
        {
            var ready = _epoll.Wait(1);
            for (var i = 0; i < ready; i++)
            {
                var token = _epoll.Token(i);
                if (token == ListenerToken)
                {
                    Accept();
                }
                else if (_connections.TryGetValue(token, out var connection))
                {
                    Read(token, connection);
                }
            }

            TurnWheel();
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        _epoll.Dispose();
    }

    private void Accept()
    {
        while (_listener.Poll(0, SelectMode.SelectRead))
        {
            var socket = _listener.Accept();
            socket.Blocking = false;
            socket.NoDelay = true;
            var token = _nextToken++;
            _connections[token] = new PacedConnection(socket);
            _epoll.Watch(socket.Handle, token);
        }
    }

    private void Read(int token, PacedConnection connection)
    {
        if (connection.Input.Length - connection.InputLength < 1024)
        {
            var larger = connection.Input;
            Array.Resize(ref larger, larger.Length * 2);
            connection.Input = larger;
        }

        var read = connection.Socket.Receive(connection.Input.AsSpan(connection.InputLength), SocketFlags.None, out var error);
        if (error == SocketError.WouldBlock)
        {
            return;
        }

        if (error != SocketError.Success || read == 0)
        {
            // The peer has gone: the wheel drops the stream when it is next due.
            _connections.Remove(token);
            _epoll.Forget(connection.Socket.Handle);
            connection.Dispose();
            return;
        }

        connection.InputLength += read;
        if (!connection.Answering)
        {
            Start(connection);
        }
    }

    private void Start(PacedConnection connection)
    {
        var input = connection.Input.AsSpan(0, connection.InputLength);
        var end = RequestReader.FindEnd(input, out var body);
        if (end == 0)
        {
            return;
        }

        if (RequestReader.Has(body, "\"stream\":true"u8))
        {
            connection.Answering = true;
            connection.Number = 0;
            connection.Chunks = RequestReader.Number(body, "\"max_tokens\":"u8, 50);
            connection.Interval = Math.Clamp(RequestReader.Number(body, "\"pace-"u8, _interval), 1, Slots - 1);
            connection.Bytes = RequestReader.Has(body, "\"include_usage\":true"u8) ? _withUsage : _plain;
            connection.Send([.. connection.Bytes.Opening, .. connection.Bytes.Content(connection.Number++)]);
            Schedule(connection, Stamp.Now() / Millisecond + connection.Interval);
        }
        else
        {
            connection.Send(input.StartsWith("GET "u8) ? Models : Answer);
        }

        input[end..].CopyTo(connection.Input);
        connection.InputLength -= end;
    }

    private void TurnWheel()
    {
        for (var now = Stamp.Now() / Millisecond; _tick <= now; _tick++)
        {
            var due = _wheel[_tick % Slots];
            for (var i = 0; i < due.Count; i++)
            {
                Advance(due[i]);
            }

            due.Clear();
        }
    }

    private void Advance(PacedConnection connection)
    {
        if (connection.Closed)
        {
            return;
        }

        if (connection.Number < connection.Chunks)
        {
            connection.Send(connection.Bytes.Content(connection.Number++));
            Schedule(connection, _tick + connection.Interval);
        }
        else if (connection.Answering)
        {
            connection.Send(connection.Bytes.Closing);
            connection.Answering = false;
        }

        if (!connection.Answering && connection.HasUnsent)
        {
            connection.Send([]);
            Schedule(connection, _tick + 1);
        }
        else if (!connection.Answering)
        {
            Start(connection);
        }
    }

    private void Schedule(PacedConnection connection, long tick) => _wheel[tick % Slots].Add(connection);

    private static byte[] Json(string text) => Encoding.UTF8.GetBytes(
        $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(text)}\r\n\r\n{text}");
}
