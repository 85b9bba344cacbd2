using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace LlmGateway.TestGateway;

/// <summary>One request of a load, and how it ended.</summary>
/// <param name="Problem">Null when the answer was whole.</param>
public sealed record LoadResult(bool Stream, TimeSpan Duration, string? Problem);

/// <summary>Clients that ask without a pause, half of them for streams, until told to stop.</summary>
public sealed class ChatLoad : IAsyncDisposable
{
    private readonly ConcurrentQueue<LoadResult> _results = new();
    private readonly CancellationTokenSource _end = new();
    private readonly Func<HttpClient> _next;
    private readonly string _key;
    private readonly string _streamModel;
    private readonly Task[] _clients;

    /// <param name="next">Whom to ask next.</param>
    /// <param name="key">The API key.</param>
    /// <param name="streamModel">The model that streams are asked of.</param>
    public ChatLoad(Func<HttpClient> next, string key, string streamModel = "sim-fast")
    {
        _next = next;
        _key = key;
        _streamModel = streamModel;
        _clients = [.. Enumerable.Range(0, 4).Select(i => Task.Run(() => AskAsync(stream: i % 2 == 1)))];
    }

    /// <summary>Everything that has ended so far.</summary>
    public IReadOnlyCollection<LoadResult> Results => _results;

    /// <summary>Lets what is under way come to its end.</summary>
    public async Task<IReadOnlyCollection<LoadResult>> StopAsync()
    {
        await _end.CancelAsync();
        await Task.WhenAll(_clients);
        return _results;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _end.Dispose();
    }

    private async Task AskAsync(bool stream)
    {
        while (!_end.IsCancellationRequested)
        {
            var clock = Stopwatch.StartNew();
            string? problem;
            try
            {
                problem = await AskOnceAsync(stream);
            }
            catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
            {
                problem = e.ToString();
            }

            _results.Enqueue(new LoadResult(stream, clock.Elapsed, problem));
            // Load, not a flood: the servers share the machine's two processors.
            await Task.Delay(10, CancellationToken.None);
        }
    }

    private async Task<string?> AskOnceAsync(bool stream)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _key);
        var model = stream ? _streamModel : "sim-fast";
        request.Content = new StringContent(
            $$"""{"model":"{{model}}","stream":{{(stream ? "true" : "false")}},"messages":[{"role":"user","content":"!words 20"}]}""", Encoding.UTF8, "application/json");
        using var answer = await _next().SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var body = await answer.Content.ReadAsStringAsync();
        return answer.StatusCode != HttpStatusCode.OK ? $"{(int)answer.StatusCode}: {body}"
            : stream && !body.TrimEnd().EndsWith("data: [DONE]", StringComparison.Ordinal) ? "cut: " + body
            : null;
    }
}
