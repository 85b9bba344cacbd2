namespace LlmGateway.Providers.Bedrock.Credentials;

/// <summary>
/// Keeps the credentials of one source and renews them before they end: while they hold, a call goes on with them and the renewal runs
/// beside it; once they have ended, calls wait for it. There is one renewal at a time, bounded at 5 seconds, and after one that failed
/// none for 10.
/// </summary>
internal sealed class CredentialCache(ICredentialSource source, TimeProvider time)
{
    /// <summary>How long before their end credentials are renewed.</summary>
    private static readonly TimeSpan Ahead = TimeSpan.FromMinutes(5);

    /// <summary>With less left a call might arrive too late.</summary>
    private static readonly TimeSpan TooLate = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private volatile Entry _entry = new(null, null, DateTimeOffset.MinValue);
    private Task? _renewal;

    /// <summary>Waits at most until <paramref name="cancellationToken"/> fires, then throws as it does.</summary>
    public async ValueTask<CredentialResult> GetAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var entry = _entry;
        if (entry.Credentials is not null && now < entry.RenewAt)
        {
            return CredentialResult.Found(entry.Credentials);
        }

        var renewal = Renew(now);
        if (Holds(entry.Credentials, now))
        {
            return CredentialResult.Found(entry.Credentials!);
        }

        await renewal.WaitAsync(cancellationToken);
        entry = _entry;
        return Holds(entry.Credentials, time.GetUtcNow())
            ? CredentialResult.Found(entry.Credentials!)
            : CredentialResult.Failed(entry.Problem ?? "the AWS credentials have expired");
    }

    /// <summary>The provider refused these: they may have been replaced at their source. Renewed with the next call, if not just fetched.</summary>
    public void Refuse(AwsCredentials credentials)
    {
        lock (_gate)
        {
            var now = time.GetUtcNow();
            if (ReferenceEquals(_entry.Credentials, credentials) && now - _entry.Fetched > Pause)
            {
                _entry = _entry with { RenewAt = now };
            }
        }
    }

    private static bool Holds(AwsCredentials? credentials, DateTimeOffset now) =>
        credentials is not null && (credentials.Expires is not { } expires || expires - now > TooLate);

    /// <summary>The renewal under way, or a new one when it is time for that.</summary>
    private Task Renew(DateTimeOffset now)
    {
        lock (_gate)
        {
            // Never within a call's own context: whoever began it may leave.
            return _renewal ?? (now < _entry.RenewAt ? Task.CompletedTask : _renewal = Task.Run(RenewAsync));
        }
    }

    private async Task RenewAsync()
    {
        using var bound = new CancellationTokenSource(Bound, time);
        CredentialResult result;
        try
        {
            result = await source.FetchAsync(bound.Token).AsTask().WaitAsync(bound.Token);
        }
        catch (OperationCanceledException)
        {
            result = CredentialResult.Failed("the source of the AWS credentials did not answer in time");
        }
        catch (Exception)
        {
            // Whatever it is: a renewal that ended in an exception would be the last.
            result = CredentialResult.Failed("the source of the AWS credentials cannot be reached or read");
        }

        var now = time.GetUtcNow();
        lock (_gate)
        {
            _entry = result.Credentials is { } fresh
                ? new Entry(fresh, null, RenewAt(fresh, now), now)
                : _entry with { Problem = result.Problem, RenewAt = now + Pause };
            _renewal = null;
        }
    }

    /// <summary>Some are given with little time left; they are not asked for all the time.</summary>
    private static DateTimeOffset RenewAt(AwsCredentials fresh, DateTimeOffset now)
    {
        if (fresh.Expires is not { } expires)
        {
            return DateTimeOffset.MaxValue;
        }

        var ahead = expires - Ahead;
        return ahead > now + Pause ? ahead : now + Pause;
    }

    private sealed record Entry(AwsCredentials? Credentials, string? Problem, DateTimeOffset RenewAt, DateTimeOffset Fetched = default);
}
