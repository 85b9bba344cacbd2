using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LlmGateway.TestSupport;

/// <summary>
/// An upstream that does on the wire exactly what a test says: records the bytes of each request and plays a script as the answer,
/// split, cut, reset or stalled as told. Scripts are played in the order in which they were added, one per request; those for a path
/// answer every request to it.
/// </summary>
public sealed class ScriptedServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<Func<ScriptedConnection, Task>> _scripts = new();
    private readonly ConcurrentDictionary<string, Func<ScriptedConnection, Task>> _paths = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<ScriptedRequest> _requests = new();
    private readonly ConcurrentBag<Task> _connections = [];
    private readonly ConcurrentQueue<Exception> _failures = new();
    private readonly SemaphoreSlim _arrived = new(0);
    private readonly Task _accepting;

    public ScriptedServer()
    {
        _listener.Start();
        BaseUrl = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
        _accepting = AcceptAsync();
    }

    public string BaseUrl { get; }

    /// <summary>Every request so far, in the order of arrival.</summary>
    public IReadOnlyList<ScriptedRequest> Requests => [.. _requests];

    /// <summary>Requests to paths without a script of their own.</summary>
    public ScriptedRequest Only => Assert.Single(_requests, r => !_paths.ContainsKey(r.Path));

    /// <summary>How many connections have been opened.</summary>
    public int Connections => _connections.Count;

    /// <summary>Answers the next request.</summary>
    public ScriptedServer Then(Func<ScriptedConnection, Task> script)
    {
        _scripts.Enqueue(script);
        return this;
    }

    /// <summary>Answers the next request with a whole document.</summary>
    public ScriptedServer Then(string body, int status = 200, string contentType = "application/json", string? headers = null) =>
        Then(connection => connection.SendAsync(Whole(body, status, contentType, headers)));

    /// <summary>Answers the next request with a whole stream, each piece an HTTP chunk of its own.</summary>
    public ScriptedServer ThenStream(string contentType, params string[] pieces) => Then(async connection =>
    {
        await connection.SendHeadAsync(contentType);
        foreach (var piece in pieces)
        {
            await connection.SendChunkAsync(piece);
        }

        await connection.EndAsync();
    });

    /// <summary>Answers every request to this path.</summary>
    public ScriptedServer On(string path, string body, int status = 200) => On(path, connection => connection.SendAsync(Whole(body, status, "application/json", null)));

    public ScriptedServer On(string path, Func<ScriptedConnection, Task> script)
    {
        _paths[path] = script;
        return this;
    }

    /// <summary>Waits until one more request has arrived whole.</summary>
    public async Task ArrivedAsync() => Assert.True(await _arrived.WaitAsync(TestTimeouts.Default), "No request arrived.");

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_connections).WaitAsync(TestTimeouts.Default);
        _stop.Dispose();
        _arrived.Dispose();
        Assert.Empty(_failures);
    }

    private static string Whole(string body, int status, string contentType, string? headers) =>
        $"HTTP/1.1 {status} Scripted\r\nContent-Type: {contentType}\r\n{headers}Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}";

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _connections.Add(ServeAsync(await _listener.AcceptSocketAsync(_stop.Token)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using var closing = _stop.Token.Register(socket.Dispose);
        using (socket)
        {
            var reader = new ScriptedRequestReader(socket);
            try
            {
                while (await reader.ReadAsync() is { } request && await AnswerAsync(socket, request))
                {
                }
            }
            catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
            {
                // The client left, or the test is over.
            }
            catch (Exception e)
            {
                _failures.Enqueue(e);
            }
        }
    }

    private async Task<bool> AnswerAsync(Socket socket, ScriptedRequest request)
    {
        var connection = new ScriptedConnection(socket, request);
        if (!_paths.TryGetValue(request.Path, out var script) && !_scripts.TryDequeue(out script))
        {
            throw new InvalidOperationException($"No script is left for {request.Method} {request.Path}.");
        }

        using var done = new CancellationTokenSource();
        var watching = connection.WatchAsync(done.Token);
        _requests.Enqueue(request);
        _arrived.Release();
        await script(connection);
        await done.CancelAsync();
        await watching;
        return !connection.IsOver;
    }
}
