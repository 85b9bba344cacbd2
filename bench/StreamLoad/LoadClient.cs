using System.Globalization;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using LlmGateway.Bench.Shared;

namespace LlmGateway.Bench.StreamLoad;

/// <summary>All streams on one thread: connect, start them one after another over the ramp, read until the last ends.</summary>
internal sealed class LoadClient(LoadPlan plan) : IDisposable
{
    private const long Millisecond = 1_000_000;

    private readonly Epoll _epoll = new();
    private readonly List<LoadStream> _streams = [];
    private readonly List<int> _delays = new(plan.Streams * plan.Chunks);
    private readonly byte[] _buffer = new byte[64 * 1024];
    private long _began;
    private long _ended;
    private int _over;

    public void Run()
    {
        Connect();
        var request = plan.Request();
        _began = Stamp.Now();
        var deadline = _began + ((plan.Ramp + ((long)plan.Chunks * plan.Interval) + (plan.Grace * 1000L)) * Millisecond);
        for (var started = 0; _over < _streams.Count;)
        {
            var now = Stamp.Now();
            if (now > deadline)
            {
                break;
            }

            for (; started < _streams.Count && now >= _began + (started * (plan.Ramp * Millisecond / _streams.Count)); started++)
            {
                Start(_streams[started], request);
                _over += _streams[started].Over ? 1 : 0;
            }

            Read(started < _streams.Count ? 1 : 50);
        }

        _ended = Stamp.Now();
        foreach (var stream in _streams)
        {
            stream.Fail("not ended in time");
        }
    }

    /// <summary>Times in microseconds; `failures` counts the broken streams by what was wrong with them.</summary>
    public string Result()
    {
        var first = _streams.Where(stream => stream.FirstChunk > 0).Select(stream => (int)((stream.FirstChunk - stream.Started) / 1000)).ToList();
        var failures = _streams.Where(stream => stream.Failure is not null).CountBy(stream => stream.Failure!)
            .Select(pair => KeyValuePair.Create<string, JsonNode?>(pair.Key, pair.Value));
        return new JsonObject
        {
            ["streams"] = _streams.Count,
            ["complete"] = _streams.Count(stream => stream.Failure is null),
            ["failures"] = new JsonObject(failures),
            ["chunks"] = _delays.Count,
            ["seconds"] = (_ended - _began) / 1e9,
            ["first_p50"] = Percentile(first, 50),
            ["first_p99"] = Percentile(first, 99),
            ["delay_p50"] = Percentile(_delays, 50),
            ["delay_p99"] = Percentile(_delays, 99),
        }.ToJsonString();
    }

    public void Dispose()
    {
        foreach (var stream in _streams)
        {
            stream.Socket.Dispose();
        }

        _epoll.Dispose();
    }

    private void Connect()
    {
        for (var i = 0; i < plan.Streams; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            socket.Connect(plan.Server);
            socket.Blocking = false;
            _streams.Add(new LoadStream(socket, plan.Chunks));
            _epoll.Watch(socket.Handle, i);
        }
    }

    private static void Start(LoadStream stream, byte[] request)
    {
        stream.Started = Stamp.Now();
        var sent = stream.Socket.Send(request, SocketFlags.None, out var error);
        if (error != SocketError.Success || sent != request.Length)
        {
            stream.Fail(string.Create(CultureInfo.InvariantCulture, $"request not sent ({error})"));
        }
    }

    private void Read(int milliseconds)
    {
        var ready = _epoll.Wait(milliseconds);
        for (var i = 0; i < ready; i++)
        {
            var stream = _streams[_epoll.Token(i)];
            var read = stream.Socket.Receive(_buffer, SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock)
            {
                continue;
            }

            var wasOver = stream.Over;
            if (error != SocketError.Success || read == 0)
            {
                _epoll.Forget(stream.Socket.Handle);
                stream.Fail(read == 0 && error == SocketError.Success ? "connection closed" : $"connection broken ({error})");
            }
            else
            {
                stream.Feed(_buffer.AsSpan(0, read), Stamp.Now(), _delays);
            }

            _over += stream.Over && !wasOver ? 1 : 0;
        }
    }

    private static double Percentile(List<int> values, int percent)
    {
        if (values.Count == 0)
        {
            return 0;
        }

        values.Sort();
        return values[Math.Min(values.Count - 1, values.Count * percent / 100)];
    }
}
