using System.Collections.Concurrent;
using System.Threading.RateLimiting;
using LlmGateway.Contracts.Failures;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Data.Keys;
using Microsoft.Extensions.Options;

namespace LlmGateway.Api.Authentication;

/// <summary>
/// Keys of the configuration, then those of the database, through a memory of what it said. The database is asked once per key at a
/// time, by a bounded number of requests, and for a bounded time. While it does not answer, what it said last is honoured; one
/// request a second tries it again, and no other waits for it.
/// </summary>
internal sealed partial class DatabaseApiKeyStore : IApiKeyStore, IDisposable
{
    /// <summary>Lookups at once, in each of the two lanes.</summary>
    private const int Lookups = 8;

    /// <summary>Requests that may wait for a lookup; a flood of invented keys is refused beyond that.</summary>
    private const int Waiting = 256;

    /// <summary>How long a database that did not answer is not asked again.</summary>
    private static readonly TimeSpan AwayMemory = TimeSpan.FromSeconds(1);

    private static readonly GatewayError Unavailable = new(
        GatewayErrorCode.DependencyUnavailable, "The API key cannot be checked: the database does not answer. Try again in a moment.")
    {
        RetryAfter = AwayMemory,
    };

    private static readonly TimeSpan UseExactness = TimeSpan.FromSeconds(1);

    private readonly ConfiguredApiKeyStore _configured;
    private readonly IApiKeyTable _table;
    private readonly KeyCacheOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly KeyCache _known;
    private readonly KeyCache _unknown;
    private readonly ConcurrentDictionary<ApiKeyDigest, Lazy<Task<KeyFinding?>>> _lookups = new();
    // Apart, so that invented keys cannot crowd out the renewal of good ones.
    private readonly ConcurrencyLimiter _renewals = Lane();
    private readonly ConcurrencyLimiter _discoveries = Lane();
    private readonly long _useExactness;
    private long _awayUntil;
    private int _forgotten;

    public DatabaseApiKeyStore(
        ConfiguredApiKeyStore configured, IApiKeyTable table, IOptions<AuthenticationOptions> options, TimeProvider time, ILogger<DatabaseApiKeyStore> logger)
    {
        _configured = configured;
        _table = table;
        _options = options.Value.KeyCache;
        _time = time;
        _logger = logger;
        _useExactness = Ticks(UseExactness);
        _known = new KeyCache(_options.Capacity);
        _unknown = new KeyCache(_options.Capacity);
    }

    /// <summary>Entries in memory, of keys and of digests that belong to none.</summary>
    public int Count => _known.Count + _unknown.Count;

    public ValueTask<KeyFinding> FindAsync(ApiKeyDigest digest, CancellationToken cancellationToken)
    {
        if (_configured.Find(digest) is { } caller)
        {
            return ValueTask.FromResult(new KeyFinding(caller));
        }

        var now = _time.GetTimestamp();
        var known = _known.Find(digest);
        if (known is not null && now < known.FreshUntil)
        {
            known.Use(now, _useExactness);
            return ValueTask.FromResult(new KeyFinding(known.Caller));
        }

        if (known is null && _unknown.Find(digest) is { } unknown && now < unknown.FreshUntil)
        {
            return ValueTask.FromResult(default(KeyFinding));
        }

        return AskAsync(digest, known is not null && now < known.StaleUntil ? known : null, now, cancellationToken);
    }

    /// <summary>Forgets what is known of these keys, also by lookups under way.</summary>
    public void Forget(Func<Caller, bool> whose)
    {
        Interlocked.Increment(ref _forgotten);
        _known.Remove(whose);
    }

    /// <summary>Ids of the keys that were used since the last call, and when last, to the second.</summary>
    public IReadOnlyDictionary<string, DateTimeOffset> TakeUsed()
    {
        var used = new Dictionary<string, DateTimeOffset>();
        var now = _time.GetUtcNow();
        foreach (var key in _known.Keys)
        {
            if (key.TakeUse() is { } at)
            {
                used[key.Caller!.KeyId] = now - _time.GetElapsedTime(at);
            }
        }

        return used;
    }

    public void Dispose()
    {
        _renewals.Dispose();
        _discoveries.Dispose();
    }

    private async ValueTask<KeyFinding> AskAsync(ApiKeyDigest digest, CachedKey? stale, long now, CancellationToken cancellationToken)
    {
        var last = stale is null ? new KeyFinding(null, Unavailable) : new KeyFinding(stale.Caller);
        stale?.Use(now, _useExactness);
        var awayUntil = Interlocked.Read(ref _awayUntil);
        if (awayUntil != 0)
        {
            // One request a second finds the time over and moves it on; all others go on as before.
            if (now < awayUntil || Interlocked.CompareExchange(ref _awayUntil, now + Ticks(AwayMemory), awayUntil) != awayUntil)
            {
                return last;
            }

            if (stale is not null)
            {
                _ = LookUp(digest, _renewals);
                return last;
            }
        }

        return await LookUp(digest, stale is null ? _discoveries : _renewals).WaitAsync(cancellationToken) ?? last;
    }

    /// <summary>Asks the database, or joins whoever is asking for the same key. Null when it did not answer.</summary>
    private Task<KeyFinding?> LookUp(ApiKeyDigest digest, ConcurrencyLimiter lane) =>
        _lookups.GetOrAdd(digest, d => new Lazy<Task<KeyFinding?>>(() => LookUpAsync(d, lane))).Value;

    private async Task<KeyFinding?> LookUpAsync(ApiKeyDigest digest, ConcurrencyLimiter lane)
    {
        using var limit = new CancellationTokenSource();
        var fetching = FetchAsync(digest, lane, limit.Token);
        try
        {
            // Not by the token alone: a cancelled command still waits for the server's word for a while.
            return await fetching.WaitAsync(_options.LookupTimeout, _time);
        }
        catch (Exception e) when (Defects.IsOutage(e))
        {
            _ = fetching.ContinueWith(static late => late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            await limit.CancelAsync();
            if (Interlocked.Exchange(ref _awayUntil, _time.GetTimestamp() + Ticks(AwayMemory)) == 0)
            {
                LogAway(e is TimeoutException ? "no answer in time" : e.Message, _options.StaleDuration);
            }

            return null;
        }
        finally
        {
            _lookups.TryRemove(digest, out _);
        }
    }

    private async Task<KeyFinding?> FetchAsync(ApiKeyDigest digest, ConcurrencyLimiter lane, CancellationToken cancellationToken)
    {
        using var place = await lane.AcquireAsync(1, cancellationToken);
        if (!place.IsAcquired)
        {
            return null;
        }

        var forgotten = Volatile.Read(ref _forgotten);
        var grant = await _table.FindAsync(digest.ToArray(), cancellationToken);
        if (!cancellationToken.IsCancellationRequested && Interlocked.Exchange(ref _awayUntil, 0) != 0)
        {
            LogBack();
        }

        var finding = Keep(digest, grant, remember: forgotten == Volatile.Read(ref _forgotten));
        if (forgotten != Volatile.Read(ref _forgotten))
        {
            // Revoked in the moment between the look and the note.
            _known.Remove(digest);
        }

        return finding;
    }

    private KeyFinding Keep(ApiKeyDigest digest, ApiKeyGrant? grant, bool remember)
    {
        var now = _time.GetTimestamp();
        var left = grant?.ExpiresAt - _time.GetUtcNow() ?? TimeSpan.MaxValue;
        if (grant is null || grant.RevokedAt is not null || left <= TimeSpan.Zero)
        {
            var until = now + Ticks(_options.UnknownDuration);
            _known.Remove(digest);
            _unknown.Put(digest, new CachedKey(null, until, until, now), now);
            return default;
        }

        var caller = new Caller(grant.Id) { Owner = grant.Owner, Team = grant.Team, Roles = grant.Roles, AllowedModels = grant.AllowedModels };
        if (remember)
        {
            _known.Put(
                digest,
                new CachedKey(caller, now + Ticks(Least(_options.Duration, left)), now + Ticks(Least(_options.Duration + _options.StaleDuration, left)), now),
                now);
        }

        return new KeyFinding(caller);
    }

    private static TimeSpan Least(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static ConcurrencyLimiter Lane() => new(new ConcurrencyLimiterOptions { PermitLimit = Lookups, QueueLimit = Waiting });

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * _time.TimestampFrequency);

    [LoggerMessage(LogLevel.Warning, "The database does not tell whose API keys are whose ({Reason}); those in memory are honoured for another {StaleDuration}")]
    private partial void LogAway(string reason, TimeSpan staleDuration);

    [LoggerMessage(LogLevel.Information, "The database tells again whose API keys are whose")]
    private partial void LogBack();
}
