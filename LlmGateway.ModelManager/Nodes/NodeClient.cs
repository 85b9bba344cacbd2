using System.Net;
using System.Net.Sockets;
using LlmGateway.Contracts.Fleet;

namespace LlmGateway.ModelManager.Nodes;

/// <summary>What a node said when it was asked: either all of it, or why not.</summary>
/// <param name="Error">Why it is not reachable, in words for people; null when it is.</param>
internal sealed record NodeAnswer(string? Error, string? Version, IReadOnlyList<NodeModel> Models)
{
    public static NodeAnswer Failed(string error) => new(error, null, []);
}

/// <summary>Asks one Ollama server what it has. Every answer is bounded in time and in size.</summary>
internal sealed class NodeClient : IDisposable
{
    /// <summary>Thousands of models fit into a tenth of it.</summary>
    public const int MaxAnswerBytes = 8 * 1024 * 1024;

    private readonly HttpClient _http;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;

    public NodeClient(Uri baseUrl, TimeSpan timeout, TimeProvider time)
    {
        _timeout = timeout;
        _time = time;
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            // New connections follow changes of DNS.
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        })
        {
            BaseAddress = new Uri(baseUrl.GetLeftPart(UriPartial.Path).TrimEnd('/') + "/"),
            MaxResponseContentBufferSize = MaxAnswerBytes,
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    public void Dispose() => _http.Dispose();

    /// <summary>Version, models and models in memory, all asked for at once.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async Task<NodeAnswer> AskAsync(CancellationToken cancellationToken)
    {
        using var bound = new CancellationTokenSource(_timeout, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, bound.Token);
        var version = GetAsync("api/version", "version", OllamaDocuments.ReadVersion, linked.Token);
        var listed = GetAsync("api/tags", "list of models", OllamaDocuments.ReadTags, linked.Token);
        var running = GetAsync("api/ps", "list of models", json => OllamaDocuments.ReadRunning(json, _time.GetUtcNow()), linked.Token);
        await Task.WhenAll(version, listed, running);
        cancellationToken.ThrowIfCancellationRequested();

        var error = (await version).Error ?? (await listed).Error ?? (await running).Error;
        return error is not null
            ? NodeAnswer.Failed(error)
            : new NodeAnswer(null, (await version).Result, OllamaDocuments.Merge((await listed).Result!, (await running).Result!));
    }

    /// <summary>Exactly one of the two results is set.</summary>
    private async Task<(T? Result, string? Error)> GetAsync<T>(string path, string what, Func<ReadOnlyMemory<byte>, T?> read, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            using var response = await _http.GetAsync(path, cancellationToken);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                return (null, FormattableString.Invariant($"It answered /{path} with status {(int)response.StatusCode}."));
            }

            var result = read(await response.Content.ReadAsByteArrayAsync(cancellationToken));
            return result is null ? (null, $"It answered /{path} with something that is no {what}.") : (result, null);
        }
        catch (OperationCanceledException)
        {
            return (null, FormattableString.Invariant($"It did not answer /{path} within {_timeout.TotalSeconds:0.###} s."));
        }
        catch (HttpRequestException e)
        {
            return (null, Explain(e, path));
        }
    }

    private static string Explain(HttpRequestException e, string path) => e switch
    {
        { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } =>
            FormattableString.Invariant($"Its answer to /{path} is larger than {MaxAnswerBytes / (1024 * 1024)} MiB."),
        { HttpRequestError: HttpRequestError.NameResolutionError } => "Its name cannot be resolved.",
        { HttpRequestError: HttpRequestError.SecureConnectionError } => "No secure connection to it can be made.",
        { HttpRequestError: HttpRequestError.ConnectionError, InnerException: SocketException socket } => $"No connection to it can be made: {socket.SocketErrorCode}.",
        { HttpRequestError: HttpRequestError.ConnectionError } => "No connection to it can be made.",
        _ => $"The connection broke off before /{path} was answered whole.",
    };
}
