using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Providers;
using LlmGateway.Core.Resilience;

namespace LlmGateway.Providers.Http;

/// <summary>
/// The HTTP connection pool of one provider. Nothing here retries, redirects, decompresses or keeps cookies: what goes over the
/// wire is what the adapter wrote.
/// </summary>
internal sealed class UpstreamClient : IDisposable
{
    /// <summary>How much of an error document is read, in bytes.</summary>
    private const int MaxErrorBytes = 64 * 1024;

    private readonly HttpMessageInvoker _http;
    private readonly Uri _baseUrl;
    private readonly ConcurrentDictionary<string, Uri> _addresses = new(StringComparer.Ordinal);
    private readonly AuthenticationHeaderValue? _authorization;
    private readonly KeyValuePair<string, string>[] _headers;

    /// <summary>The key goes as a bearer token.</summary>
    public UpstreamClient(string provider, ProviderOptions options, TimeProvider time)
        : this(provider, options, time, [])
    {
        _authorization = string.IsNullOrEmpty(options.ApiKey) ? null : new AuthenticationHeaderValue("Bearer", options.ApiKey);
    }

    /// <param name="provider">The provider's name in configuration.</param>
    /// <param name="options">Address, bounds and further headers.</param>
    /// <param name="time">Clock and timers.</param>
    /// <param name="dialectHeaders">Headers of every call in this dialect; those in the options replace them.</param>
    public UpstreamClient(string provider, ProviderOptions options, TimeProvider time, IEnumerable<KeyValuePair<string, string>> dialectHeaders)
    {
        Provider = provider;
        Timeouts = options.Timeouts;
        Time = time;
        _baseUrl = new Uri(options.BaseUrl.TrimEnd('/') + "/");
        _headers = [.. dialectHeaders.Where(h => !options.Headers.Keys.Contains(h.Key, StringComparer.OrdinalIgnoreCase)), .. options.Headers];
        _http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            ConnectTimeout = options.Timeouts.Connect,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            // New connections follow changes of DNS.
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        });
    }

    public string Provider { get; }

    public ProviderTimeouts Timeouts { get; }

    public TimeProvider Time { get; }

    /// <summary>What the dialect does to each call beside its headers; null for nothing.</summary>
    public UpstreamHooks? Hooks { get; init; }

    public CallDeadline StartCall(bool streamed, CancellationToken aborted) => new(Time, Timeouts, streamed, aborted);

    /// <summary>
    /// Sends and waits for the response head. Exactly one of the two results is set; a status outside 200–299 has become an error.
    /// </summary>
    public async ValueTask<(HttpResponseMessage? Response, GatewayError? Error)> SendAsync(
        HttpMethod method, string path, HttpContent? content, CallDeadline deadline)
    {
        // HTTP/1.1 on purpose: there the whole request has been written when the response head arrives, so that its pooled memory can
        // go back as soon as the call has ended.
        using var request = new HttpRequestMessage(method, _addresses.GetOrAdd(path, static (path, root) => new Uri(root, path), _baseUrl)) { Content = content };
        request.Headers.Authorization = _authorization;
        foreach (var (name, value) in _headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        HttpResponseMessage response;
        try
        {
            if (Hooks is not null && await Hooks.AuthorizeAsync(request, deadline.Token) is { } unauthorized)
            {
                return (null, unauthorized);
            }

            response = await _http.SendAsync(request, deadline.Token);
        }
        catch (Exception e) when (UpstreamFailure.IsExpected(e))
        {
            return (null, UpstreamFailure.ToError(e, Provider, deadline));
        }

        if (response.IsSuccessStatusCode)
        {
            return (response, null);
        }

        using (response)
        {
            return (null, await ReadErrorAsync(response, deadline));
        }
    }

    public void Dispose() => _http.Dispose();

    private async ValueTask<GatewayError> ReadErrorAsync(HttpResponseMessage response, CallDeadline deadline)
    {
        var body = new byte[MaxErrorBytes];
        var length = 0;
        try
        {
            deadline.StartIdle();
            await using var stream = await response.Content.ReadAsStreamAsync(deadline.Token);
            length = await stream.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, deadline.Token);
        }
        catch (Exception e) when (UpstreamFailure.IsExpected(e))
        {
            if (deadline.End == CallEnd.Aborted)
            {
                return deadline.ToError(Provider);
            }

            // The status alone says what matters; the text of the error was lost.
        }

        var error = UpstreamErrorReader.Read(Provider, response, body.AsMemory(0, length), Time);
        return Hooks?.Explain(error, response, body.AsMemory(0, length)) ?? error;
    }
}
