using System.Globalization;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using LlmGateway.Bench.Shared;

namespace LlmGateway.Bench.RateLoad;

/// <summary>
/// All requests on one thread, each at its time. An answer's time counts from when its request was due: a request that had to wait for
/// a free connection, because the server was slow, has waited.
/// </summary>
internal sealed class RateClient(RatePlan plan) : IDisposable
{
    private const long Millisecond = 1_000_000;
    private const int LongestWait = 50;

    private readonly Epoll _epoll = new();
    private readonly List<RateConnection> _connections = [];
    private readonly Stack<RateConnection> _idle = [];
    private readonly List<int> _times = new(plan.Requests);
    private readonly Dictionary<string, int> _failures = [];
    private readonly byte[] _buffer = new byte[64 * 1024];
    private readonly byte[] _request = plan.Request();
    private int _over;

    public void Run()
    {
        for (var i = 0; i < plan.Connections; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            socket.Connect(plan.Server);
            socket.Blocking = false;
            _connections.Add(new RateConnection(socket));
            _idle.Push(_connections[i]);
            _epoll.Watch(socket.Handle, i);
        }

        var began = Stamp.Now();
        for (var sent = 0; _over < plan.Requests;)
        {
            var now = Stamp.Now() - began;
            if (now > plan.Longest)
            {
                Fail("not answered in time", plan.Requests - _over);
                break;
            }

            for (; sent < plan.Requests && plan.DueAfter(sent) <= now && _idle.TryPop(out var connection); sent++)
            {
                Send(connection, began + plan.DueAfter(sent));
            }

            var wait = sent < plan.Requests ? Math.Max(0, plan.DueAfter(sent) - now) / Millisecond : LongestWait;
            Read(_idle.Count == 0 ? LongestWait : (int)Math.Min(wait, LongestWait));
        }
    }

    /// <summary>Times in microseconds; `failures` counts what was wrong.</summary>
    public string Result() => new JsonObject
    {
        ["requests"] = plan.Requests,
        ["failures"] = new JsonObject(_failures.Select(pair => KeyValuePair.Create<string, JsonNode?>(pair.Key, pair.Value))),
        ["failed"] = _failures.Values.Sum(),
        ["p50_us"] = Percentile(50),
        ["p99_us"] = Percentile(99),
    }.ToJsonString();

    public void Dispose()
    {
        foreach (var connection in _connections)
        {
            connection.Socket.Dispose();
        }

        _epoll.Dispose();
    }

    private void Send(RateConnection connection, long due)
    {
        connection.Begin(due);
        var sent = connection.Socket.Send(_request, SocketFlags.None, out var error);
        if (error != SocketError.Success || sent != _request.Length)
        {
            Drop(connection, string.Create(CultureInfo.InvariantCulture, $"request not sent ({error})"));
        }
    }

    private void Read(int milliseconds)
    {
        var ready = _epoll.Wait(milliseconds);
        for (var i = 0; i < ready; i++)
        {
            var connection = _connections[_epoll.Token(i)];
            var read = connection.Socket.Receive(_buffer, SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock)
            {
                continue;
            }

            if (error != SocketError.Success || read == 0)
            {
                _epoll.Forget(connection.Socket.Handle);
                Drop(connection, "connection closed");
                continue;
            }

            Take(connection, _buffer.AsSpan(0, read));
        }
    }

    private void Take(RateConnection connection, ReadOnlySpan<byte> bytes)
    {
        try
        {
            if (!connection.Feed(bytes))
            {
                return;
            }
        }
        catch (InvalidDataException e)
        {
            Drop(connection, e.Message);
            return;
        }

        if (connection.Status == plan.Status)
        {
            _times.Add((int)((Stamp.Now() - connection.Due) / 1000));
            _over++;
        }
        else
        {
            Fail(string.Create(CultureInfo.InvariantCulture, $"status {connection.Status}"), 1);
        }

        _idle.Push(connection);
    }

    /// <summary>The connection is used no more.</summary>
    private void Drop(RateConnection connection, string failure)
    {
        if (connection.Busy)
        {
            connection.Abandon();
            Fail(failure, 1);
        }
    }

    private void Fail(string failure, int count)
    {
        _failures[failure] = _failures.GetValueOrDefault(failure) + count;
        _over += count;
    }

    private double Percentile(int percent)
    {
        _times.Sort();
        return _times.Count == 0 ? 0 : _times[Math.Min(_times.Count - 1, _times.Count * percent / 100)];
    }
}
