using System.Collections.Concurrent;
using System.Net;
using System.Reflection;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Providers;
using LlmGateway.Core.Resilience;

namespace LlmGateway.Providers.Http;

/// <summary>
/// The HTTP connection pool and the keys of one provider. Nothing is sent again but with another key; nothing here redirects, decompresses or keeps cookies: what goes over the
/// wire is what the adapter wrote.
/// </summary>
internal sealed class UpstreamClient : IDisposable
{
    /// <summary>How much of an error document is read, in bytes.</summary>
    private const int MaxErrorBytes = 64 * 1024;

    /// <summary>.NET sends none by itself, and what stands before some providers refuses callers without.</summary>
    private static readonly KeyValuePair<string, string> UserAgent = new("User-Agent", "LlmGateway/" + Version());

    private readonly HttpMessageInvoker _http;
    private readonly ErrorScrubber _scrubber;
    private readonly Uri _baseUrl;
    private readonly ConcurrentDictionary<string, Uri> _addresses = new(StringComparer.Ordinal);
    private readonly CredentialRing _credentials;
    private readonly ErrorWords _words;
    private readonly KeyValuePair<string, string>[] _headers;

    /// <param name="provider">The provider's name in configuration.</param>
    /// <param name="options">Address, bounds and further headers.</param>
    /// <param name="time">Clock and timers.</param>
    /// <param name="dialectHeaders">Headers of every call in this dialect; those in the options replace them.</param>
    /// <param name="credentials">The keys; null for none.</param>
    /// <param name="words">What the dialect's errors say beside their status; null for nothing.</param>
    /// <param name="transport">What calls go through; null for connections of its own.</param>
    public UpstreamClient(
        string provider, ProviderOptions options, TimeProvider time, IEnumerable<KeyValuePair<string, string>> dialectHeaders,
        CredentialRing? credentials = null, ErrorWords? words = null, HttpMessageHandler? transport = null)
    {
        _credentials = credentials ?? CredentialRing.None;
        _words = words ?? ErrorWords.None;
        Provider = provider;
        Timeouts = options.Timeouts;
        Time = time;
        _baseUrl = new Uri(options.BaseUrl.TrimEnd('/') + "/");
        _headers = [.. dialectHeaders.Append(UserAgent).Where(h => !options.Headers.Keys.Contains(h.Key, StringComparer.OrdinalIgnoreCase)), .. options.Headers];
        _scrubber = new ErrorScrubber(options);
        _http = new HttpMessageInvoker(transport ?? new SocketsHttpHandler
        {
            ConnectTimeout = options.Timeouts.Connect,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            ActivityHeadersPropagator = TraceParentPropagator.Instance,
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
    /// Sends and waits for the response head; a key that the provider does not take is followed by the next. Exactly one of the two
    /// results is set; a status outside 200–299 has become an error.
    /// </summary>
    /// <param name="method">HTTP method.</param>
    /// <param name="path">Relative to the provider's address.</param>
    /// <param name="content">Can be written more than once; disposed here, when the last try has ended.</param>
    /// <param name="deadline">Bounds all tries together.</param>
    /// <param name="attempts">Told of every try but the first.</param>
    public async ValueTask<(HttpResponseMessage? Response, GatewayError? Error)> SendAsync(
        HttpMethod method, string path, HttpContent? content, CallDeadline deadline, IAttemptCounter? attempts = null)
    {
        using var owned = content;
        var tries = _credentials.Begin();
        while (tries.TryNext())
        {
            if (tries.Count > 1)
            {
                attempts?.CountFurtherAttempt();
                deadline.Resume();
            }

            // HTTP/1.1 on purpose: there the whole request has been written when the response head arrives, so that its pooled memory can
            // go back as soon as the call has ended.
            var request = Make(method, path, content, tries.Key);
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
            finally
            {
                // The next try sends it again.
                request.Content = null;
                request.Dispose();
            }

            if (response.IsSuccessStatusCode)
            {
                tries.Accept();
                return (response, null);
            }

            using (response)
            {
                var error = await ReadErrorAsync(response, deadline);
                if (!tries.Reject(error, response.StatusCode))
                {
                    return (null, error);
                }
            }
        }

        return (null, tries.ToError());
    }

    /// <summary>An error that came within an answer, as it may be told to clients.</summary>
    public GatewayError Public(GatewayError error) => _scrubber.Scrub(ProviderWords.Withhold(error));

    public void Dispose() => _http.Dispose();

    private static string Version() =>
        typeof(UpstreamClient).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0.0.0";

    private HttpRequestMessage Make(HttpMethod method, string path, HttpContent? content, Credential? key)
    {
        var request = new HttpRequestMessage(method, _addresses.GetOrAdd(path, static (path, root) => new Uri(root, path), _baseUrl)) { Content = content };
        request.Headers.TryAddWithoutValidation(Hops.Header, Hops.Value);
        if (key is not null)
        {
            request.Headers.TryAddWithoutValidation(_credentials.HeaderName, key.Header);
        }

        foreach (var (name, value) in _headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }

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

        var error = UpstreamErrorReader.Read(Provider, response, body.AsMemory(0, length), Time, _words);
        return _scrubber.Scrub(Hooks?.Explain(error, response, body.AsMemory(0, length)) ?? error);
    }
}
