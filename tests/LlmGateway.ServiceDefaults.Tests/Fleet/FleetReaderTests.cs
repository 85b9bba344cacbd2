using LlmGateway.Contracts.Fleet;
using LlmGateway.ServiceDefaults.Fleet;
using LlmGateway.TestSupport;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace LlmGateway.ServiceDefaults.Tests.Fleet;

public sealed class FleetReaderTests : IAsyncLifetime
{
    private static readonly FleetOptions Options = new();

    private readonly ManualTimeProvider _time = new();
    private readonly FakeStore _store;
    private readonly FleetState _state = new();
    private readonly FleetHealth _health = new();
    private readonly FleetReader _reader;

    public FleetReaderTests()
    {
        _store = new FakeStore(_time);
        _reader = new FleetReader(_store, _state, _health, Microsoft.Extensions.Options.Options.Create(Options), _time, NullLogger<FleetReader>.Instance);
    }

    public Task InitializeAsync() => PublishAsync("first", notify: false);

    public async Task DisposeAsync()
    {
        await _reader.StopAsync(TestTimeouts.Token());
        _reader.Dispose();
    }

    [Fact]
    public async Task TheView_IsThereAtOnce()
    {
        Assert.False(_health.IsAvailable);
        await StartAsync();
        Assert.Equal(["first"], Hosts);
        Assert.True(_health.IsAvailable);
        Assert.Equal(_time.GetUtcNow(), _health.ObservedAt);
    }

    [Fact]
    public async Task News_IsReadWithoutWaitingForTheInterval()
    {
        await StartAsync();
        await PublishAsync("second", notify: true);
        // Far less than the interval: only what bounds how often the store is read.
        await PassAsync(TimeSpan.FromMilliseconds(50));
        await Eventually.IsTrueAsync(() => Hosts.Contains("second"), "the new host is seen");
    }

    [Fact]
    public async Task WithoutNews_TheViewFollowsAfterAnInterval()
    {
        await StartAsync();
        await PublishAsync("second", notify: false);
        await PassAsync(Options.ReadInterval);
        await Eventually.IsTrueAsync(() => Hosts.Contains("second"), "the new host is seen");
    }

    [Fact]
    public async Task ManyNotifications_AreFewReadings()
    {
        await StartAsync();
        var views = 0;
        _state.Changed += _ => Interlocked.Increment(ref views);
        for (var i = 0; i < 1000; i++)
        {
            await PublishAsync("busy", notify: true);
        }

        await PassAsync(TimeSpan.FromMilliseconds(50));
        await Eventually.IsTrueAsync(() => Hosts.Contains("busy"), "the new host is seen");
        Assert.InRange(views, 1, 2);
    }

    [Fact]
    public async Task AnEntryThatIsNotRenewed_Vanishes()
    {
        await StartAsync();
        await PassAsync(Options.TimeToLive + Options.ReadInterval);
        await Eventually.IsTrueAsync(() => Hosts.Count == 0, "no host is left");
        Assert.True(_health.IsAvailable);
    }

    [Fact]
    public async Task AViewThatCannotBeRenewed_LastsForItsTimeToLive_ThenIsEmptyAndSaysSo()
    {
        await StartAsync();
        _store.IsAway = true;
        await PassAsync(Options.TimeToLive - Options.ReadInterval);
        Assert.Equal(["first"], Hosts);
        Assert.True(_health.IsAvailable);

        await PassAsync(2 * Options.ReadInterval);
        await Eventually.IsTrueAsync(() => !_health.IsAvailable && Hosts.Count == 0, "the fleet is known to be unavailable");

        _store.IsAway = false;
        await PublishAsync("back", notify: false);
        await PassAsync(Options.ReadInterval);
        await Eventually.IsTrueAsync(() => _health.IsAvailable && Hosts.Contains("back"), "the fleet is available again");
    }

    [Fact]
    public async Task AListenerThatThrows_DoesNotEndTheReading()
    {
        _state.Changed += _ => throw new InvalidOperationException("listener");
        await StartAsync();
        await PublishAsync("second", notify: false);
        await PassAsync(Options.ReadInterval);
        await Eventually.IsTrueAsync(() => Hosts.Contains("second"), "the new host is seen");
    }

    private List<string> Hosts => [.. _state.Current.Hosts.Select(h => h.Id)];

    private Task PublishAsync(string host, bool notify) => _store.PublishAsync([new HostReadings(host)], Options.TimeToLive, notify, CancellationToken.None);

    private async Task StartAsync()
    {
        await _reader.StartAsync(CancellationToken.None);
        await _store.ReadingAsync();
        await Eventually.IsTrueAsync(() => _time.PendingTimers > 0, "the reader waits");
    }

    /// <summary>Moves the clock in small steps, each when the loop waits again.</summary>
    private async Task PassAsync(TimeSpan time)
    {
        var step = TimeSpan.FromMilliseconds(50);
        for (var passed = TimeSpan.Zero; passed < time; passed += step)
        {
            await Eventually.IsTrueAsync(() => _time.PendingTimers > 0, "the reader waits");
            _time.Advance(step);
        }

        await Eventually.IsTrueAsync(() => _time.PendingTimers > 0, "the reader waits");
    }
}
