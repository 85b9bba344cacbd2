using System.Net;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Providers;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlmGateway.Providers.Http;

/// <summary>
/// The keys of one provider, used in turn. A key that the provider does not take rests; requests go round it without waiting. A single
/// key never rests: there is nothing to try instead.
/// </summary>
internal sealed partial class CredentialRing
{
    /// <summary>For a provider that asks for no key, or whose keys are none of the gateway's headers.</summary>
    public static readonly CredentialRing None = new("", "", [], TimeProvider.System, NullLogger.Instance);

    private readonly string _provider;
    private readonly Credential[] _keys;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private uint _turn = uint.MaxValue;

    private CredentialRing(string provider, string headerName, Credential[] keys, TimeProvider time, ILogger logger)
    {
        _provider = provider;
        HeaderName = headerName;
        _keys = keys;
        _time = time;
        _logger = logger;
    }

    /// <summary>The header that carries the key.</summary>
    public string HeaderName { get; }

    public int Count => _keys.Length;

    /// <summary>The keys of the options, each as <c>HeaderName: prefix + key</c>. A header of that name in the options goes instead of them.</summary>
    public static CredentialRing Create(string provider, ProviderOptions options, string headerName, string prefix, TimeProvider time, ILoggerFactory logs)
    {
        var keys = options.Headers.Keys.Contains(headerName, StringComparer.OrdinalIgnoreCase) ? [] : options.DistinctKeys();
        return new CredentialRing(
            provider, headerName, [.. keys.Select((key, i) => new Credential(i + 1, prefix + key, options.Credentials, time))], time, logs.CreateLogger<CredentialRing>());
    }

    /// <summary>The keys of the options as bearer tokens.</summary>
    public static CredentialRing Bearer(string provider, ProviderOptions options, TimeProvider time, ILoggerFactory logs) =>
        Create(provider, options, "Authorization", "Bearer ", time, logs);

    /// <summary>Begins a call.</summary>
    public Tries Begin() => new(this);

    /// <summary>The keys that one call has tried. At most every key once.</summary>
    public struct Tries(CredentialRing ring)
    {
        private uint _tried;
        private long _asked;
        private GatewayError? _limited;

        /// <summary>Tries so far.</summary>
        public int Count { get; private set; }

        /// <summary>The key of the current try; null where none is needed.</summary>
        public Credential? Key { get; private set; }

        /// <summary>Takes the next key; false when none is left.</summary>
        public bool TryNext()
        {
            _asked = ring._time.GetTimestamp();
            Key = ring.Count > 1 ? Pick() : ring.Count == 1 && Count == 0 ? ring._keys[0] : null;
            if (Key is null && (ring.Count > 0 || Count > 0))
            {
                return false;
            }

            _tried |= 1u << (Key?.Position ?? 0);
            Count++;
            return true;
        }

        /// <summary>The provider took the key.</summary>
        public readonly void Accept()
        {
            if (Key is { } key && key.Restore(_asked, out var before) && before == RestKind.Refused)
            {
                ring.LogBack(ring._provider, key.Position);
            }
        }

        /// <summary>Whether this error is about the key, so that the call may go on with <see cref="TryNext"/>.</summary>
        public bool Reject(GatewayError error, HttpStatusCode status)
        {
            var kind = error.Code switch
            {
                GatewayErrorCode.UpstreamCredentials => status == HttpStatusCode.Forbidden ? RestKind.Forbidden : RestKind.Refused,
                GatewayErrorCode.UpstreamRateLimited when ring.Count > 1 => RestKind.RateLimited,
                _ => RestKind.None,
            };
            if (Key is not { } key || kind == RestKind.None)
            {
                return false;
            }

            _limited = kind == RestKind.RateLimited ? error : _limited;
            if (key.TakeOut(kind, _asked, error.RetryAfter))
            {
                ring.Log(kind, key, (int)status);
            }

            return true;
        }

        /// <summary>The error when no key is left.</summary>
        public readonly GatewayError ToError()
        {
            var now = ring._time.GetTimestamp();
            var limited = ring._keys.Where(k => k.RestAt(now) == RestKind.RateLimited).Select(k => (TimeSpan?)k.RemainingAt(now)).Min();
            if (_limited is null && limited is null)
            {
                return new GatewayError(
                    GatewayErrorCode.UpstreamCredentialsExhausted, $"Provider '{ring._provider}' refused every key that the gateway has for it.");
            }

            var error = _limited ?? new GatewayError(GatewayErrorCode.UpstreamRateLimited, $"Provider '{ring._provider}' limits the rate of every key that is left.");
            return error with { RetryAfter = limited ?? error.RetryAfter };
        }

        /// <summary>
        /// The next in turn that does not rest. When all do: those that may be good for another model; else, before anything has been
        /// tried, the one whose rate is limited for the shortest time, since the limit may be another model's too. None that was refused.
        /// </summary>
        private readonly Credential? Pick()
        {
            var keys = ring._keys;
            var first = Interlocked.Increment(ref ring._turn);
            Credential? forbidden = null, limited = null;
            for (var i = 0u; i < keys.Length; i++)
            {
                var key = keys[(first + i) % (uint)keys.Length];
                if ((_tried & (1u << key.Position)) != 0)
                {
                    continue;
                }

                switch (key.RestAt(_asked))
                {
                    case RestKind.None:
                        return key;
                    case RestKind.Forbidden:
                        forbidden ??= key;
                        break;
                    case RestKind.RateLimited when limited is null || key.RemainingAt(_asked) < limited.RemainingAt(_asked):
                        limited = key;
                        break;
                }
            }

            return forbidden ?? (_tried == 0 ? limited : null);
        }
    }

    private void Log(RestKind kind, Credential key, int status)
    {
        if (kind == RestKind.Refused)
        {
            LogRefused(_provider, key.Position, status);
        }
        else
        {
            LogResting(_provider, key.Position, status);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Provider '{Provider}' refuses key #{Position} (status {Status}).")]
    private partial void LogRefused(string provider, int position, int status);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Provider '{Provider}' does not take key #{Position} for now (status {Status}).")]
    private partial void LogResting(string provider, int position, int status);

    [LoggerMessage(Level = LogLevel.Information, Message = "Provider '{Provider}' takes key #{Position} again.")]
    private partial void LogBack(string provider, int position);
}
