using System.Collections.Concurrent;
using LlmGateway.Api.Authentication;
using LlmGateway.Core.Errors;
using LlmGateway.Data.Keys;
using LlmGateway.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace LlmGateway.Api.Tests.Authentication;

/// <summary>What is remembered of keys in the database, for how long, and what happens while it does not answer.</summary>
public sealed class DatabaseApiKeyStoreTests : IDisposable
{
    private const string Key = "sk-gw-of-the-database";
    private const string ConfiguredKey = "sk-configured-0123456789";

    private readonly ManualTimeProvider _time = new();
    private readonly FakeTable _table = new();
    private readonly AuthenticationOptions _options = new();
    private readonly ServiceProvider _services = Services();

    private DatabaseApiKeyStore? _store;

    private DatabaseApiKeyStore Store => _store ??= new(_services.GetRequiredService<ConfiguredApiKeyStore>(), _table, Options.Create(_options), _time, NullLogger<DatabaseApiKeyStore>.Instance);

    public void Dispose()
    {
        _store?.Dispose();
        _services.Dispose();
    }

    private static ServiceProvider Services()
    {
        var services = new ServiceCollection();
        services.AddSettings<AuthenticationOptions>(
            new ConfigurationBuilder().AddInMemoryCollection([new("Authentication:Keys:configured:Key", ConfiguredKey)]).Build(), AuthenticationOptions.Section);
        services.AddSingleton<ConfiguredApiKeyStore>();
        return services.BuildServiceProvider();
    }

    [Fact]
    public async Task AConfiguredKey_AsksNobody()
    {
        Assert.Equal("configured", (await FindAsync(ConfiguredKey)).Caller?.KeyId);
        Assert.Equal(0, _table.Asked);
    }

    [Fact]
    public async Task AKeyOfTheDatabase_IsAskedForOnce_AndThenKnownWithoutWaitingOrAllocating()
    {
        _table.Add(Key, Grant("k1") with { Team = "blue", Roles = ["admin", "user"] });
        var caller = (await FindAsync(Key)).Caller!;
        Assert.Equal(("k1", "owner-of-k1", "blue"), (caller.KeyId, caller.Owner, caller.Team));
        Assert.Equal(["admin", "user"], caller.Roles);

        var digest = ApiKeyDigest.Of(Key)!.Value;
        var whole = true;
        for (var i = 0; i < 100; i++)
        {
            whole &= IsKnownAtOnce(digest);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            whole &= IsKnownAtOnce(digest);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(whole);
        Assert.Equal(1, _table.Asked);
    }

    [Fact]
    public async Task AKey_IsAskedForAgain_WhenItsTimeIsOver()
    {
        _table.Add(Key, Grant("k1"));
        await FindAsync(Key);
        _time.Advance(TimeSpan.FromSeconds(29.9));
        await FindAsync(Key);
        Assert.Equal(1, _table.Asked);

        _table.Add(Key, Grant("k1") with { RevokedAt = _time.GetUtcNow() });
        _time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal(default, await FindAsync(Key));
        Assert.Equal(2, _table.Asked);
    }

    [Fact]
    public async Task AnUnknownKey_IsRememberedAsSuch_ForAShortTime()
    {
        Assert.Equal(default, await FindAsync(Key));
        _table.Add(Key, Grant("k1"));
        _time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.Equal(default, await FindAsync(Key));
        Assert.Equal(1, _table.Asked);
        _time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal("k1", (await FindAsync(Key)).Caller?.KeyId);
    }

    [Fact]
    public async Task AnExpiredKey_IsRefused_AndOneThatExpiresWhileItIsRememberedToo()
    {
        _table.Add(Key, Grant("k1") with { ExpiresAt = _time.GetUtcNow() + TimeSpan.FromSeconds(10) });
        Assert.NotNull((await FindAsync(Key)).Caller);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(default, await FindAsync(Key));

        // Nor is it honoured because nobody can be asked.
        _table.Add("other", Grant("k2") with { ExpiresAt = _time.GetUtcNow() + TimeSpan.FromSeconds(10) });
        Assert.NotNull((await FindAsync("other")).Caller);
        _table.Fails = true;
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Null((await FindAsync("other")).Caller);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WhileTheDatabaseIsAway_KnownKeysAreHonoured_AndOthersAreToldToComeAgain(bool frozen)
    {
        _table.Add(Key, Grant("k1"));
        await FindAsync(Key);
        _table.Hangs = frozen;
        _table.Fails = !frozen;
        _time.Advance(TimeSpan.FromSeconds(31));

        Assert.Equal("k1", (await FindWaitingAsync(Key)).Caller?.KeyId);
        AssertUnavailable(await FindAsync("unknown"));
        var asked = _table.Asked;
        for (var i = 0; i < 100; i++)
        {
            Assert.True(IsKnownAtOnce(Digest(Key)));
            AssertUnavailable(await FindAsync($"invented-{i}"));
        }

        Assert.Equal(asked, _table.Asked);

        // A second later one request tries again, and a known key does not wait for it.
        _time.Advance(TimeSpan.FromSeconds(1.1));
        Assert.Equal("k1", (await FindAsync(Key)).Caller?.KeyId);
        Assert.Equal(asked + 1, _table.Asked);
        AssertUnavailable(await FindAsync("unknown"));

        _time.Advance(TimeSpan.FromMinutes(10));
        AssertUnavailable(await FindWaitingAsync(Key));

        _table.Fails = false;
        _table.Thaw();
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("k1", (await FindWaitingAsync(Key)).Caller?.KeyId);
        Assert.Equal(default, await FindAsync("unknown"));
    }

    [Fact]
    public async Task TheSameKey_IsAskedForByOneRequestOfMany()
    {
        _table.Add(Key, Grant("k1"));
        _table.Hangs = true;
        var findings = Enumerable.Range(0, 50).Select(_ => FindAsync(Key).AsTask()).ToArray();
        _table.Thaw();
        Assert.All(await Task.WhenAll(findings), finding => Assert.Equal("k1", finding.Caller?.KeyId));
        Assert.Equal(1, _table.Asked);
    }

    [Fact]
    public async Task AFloodOfInventedKeys_ReachesTheDatabaseAFewAtATime_AndLeavesRoomForGoodOnes()
    {
        _table.Add(Key, Grant("k1"));
        await FindAsync(Key);
        _time.Advance(TimeSpan.FromSeconds(31));
        _table.Hangs = true;
        var flood = Enumerable.Range(0, 1000).Select(i => FindAsync($"invented-{i}").AsTask()).ToArray();
        Assert.Equal(1 + 8, _table.Asked);
        Assert.Equal(1000 - 8 - 256, flood.Count(finding => finding.IsCompleted));

        var good = FindAsync(Key).AsTask();
        Assert.Equal(1 + 8 + 1, _table.Asked);
        _table.Thaw();
        Assert.Equal("k1", (await good).Caller?.KeyId);
        Assert.All(await Task.WhenAll(flood), finding => Assert.Null(finding.Caller));
        Assert.InRange(_table.MostAtOnce, 1, 16);
    }

    [Fact]
    public async Task TheMemory_IsBounded_AndInventedKeysPushOutNoGoodOne()
    {
        _options.KeyCache.Capacity = 100;
        _table.Add(Key, Grant("k1"));
        await FindAsync(Key);
        for (var i = 0; i < 1000; i++)
        {
            await FindAsync($"invented-{i}");
            Assert.InRange(Store.Count, 1, 101);
        }

        var asked = _table.Asked;
        await FindAsync(Key);
        Assert.Equal(asked, _table.Asked);

        for (var i = 0; i < 300; i++)
        {
            _table.Add($"good-{i}", Grant($"g{i}"));
            Assert.NotNull((await FindAsync($"good-{i}")).Caller);
            Assert.InRange(Store.Count, 1, 200);
        }
    }

    [Fact]
    public async Task AForgottenKey_IsAskedForAgain_AndALookupUnderWayIsNotRemembered()
    {
        _table.Add(Key, Grant("k1"));
        await FindAsync(Key);
        Store.Forget(caller => caller.Owner == "somebody else");
        await FindAsync(Key);
        Assert.Equal(1, _table.Asked);

        Store.Forget(caller => caller.KeyId == "k1");
        _table.Hangs = true;
        var late = FindAsync(Key).AsTask();
        Store.Forget(caller => caller.KeyId == "k1");
        _table.Thaw();
        Assert.NotNull((await late).Caller);
        _table.Add(Key, Grant("k1") with { RevokedAt = _time.GetUtcNow() });
        Assert.Equal(default, await FindAsync(Key));
    }

    [Fact]
    public async Task UsedKeys_AreToldOnceEach_WithTheTimeOfTheirUse()
    {
        _table.Add(Key, Grant("k1"));
        await FindAsync(Key);
        await FindAsync("unknown");
        _time.Advance(TimeSpan.FromSeconds(2));
        await FindAsync(Key);
        var used = _time.GetUtcNow();
        _time.Advance(TimeSpan.FromSeconds(50));
        Assert.Equal([new("k1", used)], Store.TakeUsed());
        Assert.Empty(Store.TakeUsed());
        await FindAsync(Key);
        Assert.Equal([new("k1", _time.GetUtcNow())], Store.TakeUsed());
    }

    [Fact]
    public async Task AClientThatLeaves_DoesNotWait()
    {
        _table.Hangs = true;
        using var client = new CancellationTokenSource();
        var finding = Store.FindAsync(Digest(Key), client.Token).AsTask();
        await client.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => finding.WaitAsync(TestTimeouts.Default));
    }

    private static ApiKeyGrant Grant(string id) => new(id, "owner-of-" + id, null, ["user"], null, null);

    private static ApiKeyDigest Digest(string key) => ApiKeyDigest.Of(key)!.Value;

    private ValueTask<KeyFinding> FindAsync(string key) => Store.FindAsync(Digest(key), default);

    /// <summary>Whether the caller is there without waiting.</summary>
    private bool IsKnownAtOnce(ApiKeyDigest digest)
    {
#pragma warning disable CA2012 // Looked at before it is consumed, which happens once.
        var finding = Store.FindAsync(digest, default);
#pragma warning restore CA2012
        return finding.IsCompletedSuccessfully && finding.Result.Caller is not null;
    }

    /// <summary>Lets the bound of a lookup pass when the answer depends on it.</summary>
    private async Task<KeyFinding> FindWaitingAsync(string key)
    {
        var finding = FindAsync(key).AsTask();
        if (!finding.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        return await finding.WaitAsync(TestTimeouts.Default);
    }

    private static void AssertUnavailable(KeyFinding finding)
    {
        Assert.Null(finding.Caller);
        Assert.Equal(GatewayErrorCode.DependencyUnavailable, finding.Error?.Code);
        Assert.NotNull(finding.Error?.RetryAfter);
    }

    private sealed class FakeTable : IApiKeyTable
    {
        private readonly ConcurrentDictionary<string, ApiKeyGrant> _grants = new();
        private TaskCompletionSource _held = new();
        private int _asked;
        private int _atOnce;

        public bool Fails { get; set; }

        public bool Hangs { get; set; }

        public int Asked => _asked;

        public int MostAtOnce { get; private set; }

        public void Add(string key, ApiKeyGrant grant) => _grants[Convert.ToHexString(ApiKeySecret.Hash(key))] = grant;

        public void Thaw()
        {
            Hangs = false;
            Interlocked.Exchange(ref _held, new TaskCompletionSource()).SetResult();
        }

        public async Task<ApiKeyGrant?> FindAsync(byte[] hash, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _asked);
            MostAtOnce = Math.Max(MostAtOnce, Interlocked.Increment(ref _atOnce));
            try
            {
                if (Fails)
                {
                    throw new TimeoutException("no connection");
                }

                var grant = _grants.GetValueOrDefault(Convert.ToHexString(hash));
                if (Hangs)
                {
                    await _held.Task.WaitAsync(cancellationToken);
                }

                return grant;
            }
            finally
            {
                Interlocked.Decrement(ref _atOnce);
            }
        }

        public Task TouchAsync(IReadOnlyDictionary<string, DateTimeOffset> lastUses, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<int> RevokeOwnerAsync(string owner, DateTimeOffset revokedAt, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<int> SetOwnerRolesAsync(string owner, IReadOnlyCollection<string> roles, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
