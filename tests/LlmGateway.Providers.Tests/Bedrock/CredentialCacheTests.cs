using LlmGateway.Providers.Bedrock;
using LlmGateway.Providers.Bedrock.Credentials;

namespace LlmGateway.Providers.Tests.Bedrock;

public sealed class CredentialCacheTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly FakeSource _source = new();
    private readonly CredentialCache _cache;

    public CredentialCacheTests() => _cache = new CredentialCache(_source, _time);

    [Fact]
    public async Task LastingCredentials_AreFetchedOnce()
    {
        _source.Give(new AwsCredentials("a", "s"));
        await GetAsync();
        _time.Advance(TimeSpan.FromDays(100));

        Assert.Equal("a", (await GetAsync()).Credentials?.AccessKeyId);
        Assert.Equal(1, _source.Fetches);
    }

    [Fact]
    public async Task ManyCallsAtOnce_FetchOnce()
    {
        var calls = Enumerable.Range(0, 20).Select(_ => GetAsync()).ToArray();
        _source.Give(new AwsCredentials("a", "s"));

        Assert.All(await Task.WhenAll(calls), r => Assert.Equal("a", r.Credentials?.AccessKeyId));
        Assert.Equal(1, _source.Fetches);
    }

    [Fact]
    public async Task CredentialsThatEndSoon_AreRenewedBesideTheCalls()
    {
        _source.Give(new AwsCredentials("a", "s", "t", _time.GetUtcNow() + TimeSpan.FromHours(1)));
        await GetAsync();
        _time.Advance(TimeSpan.FromMinutes(56));

        Assert.Equal("a", (await GetAsync()).Credentials?.AccessKeyId);
        _source.Give(new AwsCredentials("b", "s", "t", _time.GetUtcNow() + TimeSpan.FromHours(1)));
        await Eventually.IsTrueAsync(async () => (await GetAsync()).Credentials?.AccessKeyId == "b", "renewed credentials");
        Assert.Equal(2, _source.Fetches);
    }

    [Fact]
    public async Task CredentialsThatHaveEnded_AreWaitedFor()
    {
        _source.Give(new AwsCredentials("a", "s", "t", _time.GetUtcNow() + TimeSpan.FromHours(1)));
        await GetAsync();
        _time.Advance(TimeSpan.FromHours(1));
        var waiting = GetAsync();
        Assert.False(waiting.IsCompleted);
        _source.Give(new AwsCredentials("b", "s", "t", _time.GetUtcNow() + TimeSpan.FromHours(1)));

        Assert.Equal("b", (await waiting).Credentials?.AccessKeyId);
    }

    [Fact]
    public async Task RenewalThatFails_LeavesWhatStillHolds_ThenIsTold()
    {
        _source.Give(new AwsCredentials("a", "s", "t", _time.GetUtcNow() + TimeSpan.FromHours(1)));
        await GetAsync();
        _time.Advance(TimeSpan.FromMinutes(56));
        _source.Fail("no luck");
        Assert.Equal("a", (await GetAsync()).Credentials?.AccessKeyId);
        await Eventually.IsTrueAsync(() => _source.Fetches == 2, "a renewal");
        _time.Advance(TimeSpan.FromMinutes(3));
        _source.Fail("no luck");
        Assert.Equal("a", (await GetAsync()).Credentials?.AccessKeyId);

        _time.Advance(TimeSpan.FromMinutes(1));
        _source.Fail("no luck");

        Assert.Equal("no luck", (await GetAsync()).Problem);
    }

    [Fact]
    public async Task AfterAFailure_NothingIsFetchedForAWhile()
    {
        _source.Fail("no luck");
        Assert.Equal("no luck", (await GetAsync()).Problem);
        Assert.Equal("no luck", (await GetAsync()).Problem);
        Assert.Equal(1, _source.Fetches);

        _time.Advance(TimeSpan.FromSeconds(11));
        _source.Give(new AwsCredentials("a", "s"));

        Assert.Equal("a", (await GetAsync()).Credentials?.AccessKeyId);
    }

    [Fact]
    public async Task SourceThatHangs_IsGivenUp()
    {
        var waiting = GetAsync();
        await Eventually.IsTrueAsync(() => _source.Fetches == 1 && _time.PendingTimers > 0, "a fetch");
        _time.Advance(TimeSpan.FromSeconds(6));

        Assert.Contains("in time", (await waiting).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CallThatIsLeft_DoesNotEndTheRenewal()
    {
        using var client = new CancellationTokenSource();
        var waiting = _cache.GetAsync(client.Token).AsTask();
        await client.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(TestTimeouts.Default));
        _source.Give(new AwsCredentials("a", "s"));

        Assert.Equal("a", (await GetAsync()).Credentials?.AccessKeyId);
        Assert.Equal(1, _source.Fetches);
    }

    [Fact]
    public async Task RefusedCredentials_AreFetchedAnew_ButNotAllTheTime()
    {
        _source.Give(new AwsCredentials("a", "s"));
        var first = (await GetAsync()).Credentials!;
        _cache.Refuse(first);
        Assert.Equal("a", (await GetAsync()).Credentials?.AccessKeyId);
        Assert.Equal(1, _source.Fetches);

        _time.Advance(TimeSpan.FromMinutes(1));
        _cache.Refuse(first);
        _source.Give(new AwsCredentials("b", "s"));

        await Eventually.IsTrueAsync(async () => (await GetAsync()).Credentials?.AccessKeyId == "b", "renewed credentials");
    }

    private Task<CredentialResult> GetAsync() => _cache.GetAsync(CancellationToken.None).AsTask().WaitAsync(TestTimeouts.Default);

    /// <summary>Gives what it was told to, in turn, and waits where it was told nothing.</summary>
    private sealed class FakeSource : ICredentialSource
    {
        private readonly System.Threading.Channels.Channel<CredentialResult> _results = System.Threading.Channels.Channel.CreateUnbounded<CredentialResult>();
        private int _fetches;

        public int Fetches => Volatile.Read(ref _fetches);

        public void Give(AwsCredentials credentials) => _results.Writer.TryWrite(CredentialResult.Found(credentials));

        public void Fail(string problem) => _results.Writer.TryWrite(CredentialResult.Failed(problem));

        public ValueTask<CredentialResult> FetchAsync(CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _fetches);
            return _results.Reader.ReadAsync(cancellationToken);
        }
    }
}
