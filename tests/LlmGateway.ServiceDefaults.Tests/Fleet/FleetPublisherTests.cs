using LlmGateway.Contracts.Fleet;
using LlmGateway.ServiceDefaults.Fleet;
using LlmGateway.TestSupport;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace LlmGateway.ServiceDefaults.Tests.Fleet;

public sealed class FleetPublisherTests : IAsyncLifetime
{
    private static readonly FleetOptions Options = new();

    private readonly ManualTimeProvider _time = new();
    private readonly FakeSource _source = new(new HostReadings("machine"));
    private readonly FakeStore _store;
    private readonly FleetPublisher _publisher;

    public FleetPublisherTests()
    {
        _store = new FakeStore(_time);
        _publisher = new FleetPublisher([_source, new FakeSource(new HostReadings("other"))], _store, Microsoft.Extensions.Options.Options.Create(Options), _time, NullLogger<FleetPublisher>.Instance);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _publisher.StopAsync(TestTimeouts.Token());
        _publisher.Dispose();
    }

    [Fact]
    public async Task Entries_AreThereAtOnce_WithTheTimeOfPublication()
    {
        await StartAsync();
        var entries = await _store.ReadAsync(CancellationToken.None);
        Assert.Equal(["machine", "other"], entries.Select(e => e.Id).Order());
        Assert.All(entries, e => Assert.Equal(_time.GetUtcNow(), e.PublishedAt));
        Assert.Equal(1, _store.Notified);
    }

    [Fact]
    public async Task Entries_StayLongerThanTheirTimeToLive_AsTheyAreRenewed()
    {
        await StartAsync();
        for (var i = 0; i < 10; i++)
        {
            await NextRoundAsync();
        }

        Assert.Equal(2, (await _store.ReadAsync(CancellationToken.None)).Count);
        Assert.Equal(1, _store.Notified);
    }

    [Fact]
    public async Task AChange_IsPublishedWithoutWaiting_AndEverybodyIsTold()
    {
        await StartAsync();
        _source.Entries = [new HostReadings("machine") { Processors = 7 }];
        _source.Raise();
        await _store.PublishedAsync();
        Assert.Contains(await _store.ReadAsync(CancellationToken.None), e => e is HostReadings { Processors: 7 });
        Assert.Equal(2, _store.Notified);
    }

    [Fact]
    public async Task AnEntryThatASourceDrops_IsTakenOut()
    {
        await StartAsync();
        var told = new TaskCompletionSource();
        await _store.SubscribeAsync(() => told.TrySetResult(), CancellationToken.None);
        _source.Entries = [];
        _time.Advance(Options.PublishInterval);
        await told.Task.WaitAsync(TestTimeouts.Default);
        Assert.Equal(["other"], (await _store.ReadAsync(CancellationToken.None)).Select(e => e.Id));
    }

    [Fact]
    public async Task AStop_TakesTheEntriesOut()
    {
        await StartAsync();
        await _publisher.StopAsync(TestTimeouts.Token());
        Assert.Empty(await _store.ReadAsync(CancellationToken.None));
    }

    [Fact]
    public async Task AStoreThatIsAway_IsTriedAgain_AndTheNewsIsToldThen()
    {
        _store.IsAway = true;
        await StartAsync();
        await NextRoundAsync();
        _store.IsAway = false;
        await NextRoundAsync();
        Assert.Equal(2, (await _store.ReadAsync(CancellationToken.None)).Count);
        Assert.Equal(1, _store.Notified);
    }

    [Fact]
    public async Task AStop_EndsWhileTheStoreIsAway()
    {
        await StartAsync();
        _store.IsAway = true;
        await _publisher.StopAsync(TestTimeouts.Token()).WaitAsync(TestTimeouts.Default);
    }

    private async Task StartAsync()
    {
        await _publisher.StartAsync(CancellationToken.None);
        await _store.PublishedAsync();
        await WaitingAsync();
    }

    private async Task NextRoundAsync()
    {
        await WaitingAsync();
        _time.Advance(Options.PublishInterval);
        await _store.PublishedAsync();
    }

    /// <summary>The loop has begun to wait for the next round.</summary>
    private async Task WaitingAsync()
    {
        var end = TestTimeouts.Token();
        while (_time.PendingTimers == 0)
        {
            end.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
