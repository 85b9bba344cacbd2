using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using LlmGateway.ServiceDefaults.Messaging;
using LlmGateway.TestSupport;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace LlmGateway.ServiceDefaults.Tests.Messaging;

/// <summary>The publisher's promises against a broker that does what the test wants.</summary>
public sealed class EventPublisherTests : IDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly Broker _broker = new();
    private readonly MeterListener _meters = new();
    private readonly ConcurrentQueue<string> _dropped = new();

    public EventPublisherTests()
    {
        _meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == EventMetrics.MeterName)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _meters.SetMeasurementEventCallback<long>((_, _, tags, _) =>
        {
            if (tags.ToArray().Any(tag => tag is { Key: "outcome", Value: EventMetrics.Dropped }))
            {
                _dropped.Enqueue("");
            }
        });
        _meters.Start();
    }

    public void Dispose() => _meters.Dispose();

    [Fact]
    public async Task Events_AreSentSideBySide()
    {
        _broker.Hold = true;
        using var publisher = await StartAsync();
        for (var n = 0; n < 50; n++)
        {
            publisher.Publish(new Happened(n));
        }

        // The first wave may hold fewer: it began with the first event.
        await Eventually.IsTrueAsync(() => _broker.Pending > 0);
        _broker.Hold = false;
        _broker.Release();
        await Eventually.IsTrueAsync(() => _broker.Confirmed.Count == 50);
        Assert.Equal(Enumerable.Range(0, 50), _broker.Confirmed.Order());
        await publisher.StopAsync(TestTimeouts.Token());
    }

    [Fact]
    public async Task WhileTheBrokerIsAway_OneEventIsTriedAndAllAreKept()
    {
        _broker.Refuses = true;
        using var publisher = await StartAsync();
        for (var n = 0; n < 20; n++)
        {
            publisher.Publish(new Happened(n));
        }

        await Eventually.IsTrueAsync(() => publisher.Away && _time.PendingTimers > 0);
        for (var round = 0; round < 3; round++)
        {
            var before = _broker.Attempts;
            _time.Advance(TimeSpan.FromSeconds(1));
            await Eventually.IsTrueAsync(() => _broker.Attempts == before + 1 && _time.PendingTimers > 0);
        }

        _broker.Refuses = false;
        _time.Advance(TimeSpan.FromSeconds(1));
        await Eventually.IsTrueAsync(() => _broker.Confirmed.Count == 20 && !publisher.Away);
        Assert.Equal(Enumerable.Range(0, 20), _broker.Confirmed.Order());
        await publisher.StopAsync(TestTimeouts.Token());
    }

    [Fact]
    public async Task ABrokerThatDoesNotConfirm_IsAway_AndTheEventIsSentAgainUnderItsId()
    {
        _broker.Hold = true;
        using var publisher = await StartAsync();
        publisher.Publish(new Happened(7));
        await Eventually.IsTrueAsync(() => _broker.Pending == 1 && _time.PendingTimers > 0);
        _time.Advance(TimeSpan.FromSeconds(2));
        await Eventually.IsTrueAsync(() => publisher.Away && _time.PendingTimers > 0);

        _broker.Hold = false;
        _time.Advance(TimeSpan.FromSeconds(1));
        await Eventually.IsTrueAsync(() => _broker.Confirmed.Count == 1);
        Assert.Single(_broker.Ids.Distinct());
        Assert.Equal(2, _broker.Attempts);
        await publisher.StopAsync(TestTimeouts.Token());
    }

    [Fact]
    public async Task WhenTooManyWait_FurtherOnesAreCountedAndDropped_AndPublishNeverWaits()
    {
        _broker.Refuses = true;
        using var publisher = await StartAsync(capacity: 10);
        publisher.Publish(new Happened(0));
        await Eventually.IsTrueAsync(() => publisher.Away && _time.PendingTimers > 0);
        for (var n = 1; n <= 25; n++)
        {
            publisher.Publish(new Happened(n));
        }

        Assert.Equal(15, _dropped.Count);
        _broker.Refuses = false;
        _time.Advance(TimeSpan.FromSeconds(1));
        await Eventually.IsTrueAsync(() => _broker.Confirmed.Count == 11);
        Assert.Equal(Enumerable.Range(0, 11), _broker.Confirmed.Order());
        await publisher.StopAsync(TestTimeouts.Token());
    }

    [Fact]
    public async Task AnEventThatCannotBeWritten_HoldsUpNoOther()
    {
        using var publisher = await StartAsync();
        _broker.Unwritable = 3;
        for (var n = 0; n < 10; n++)
        {
            publisher.Publish(new Happened(n));
        }

        await Eventually.IsTrueAsync(() => _broker.Confirmed.Count == 9);
        Assert.Single(_dropped);
        await publisher.StopAsync(TestTimeouts.Token());
    }

    [Fact]
    public async Task Stop_SendsWhatWaits()
    {
        using var publisher = await StartAsync();
        for (var n = 0; n < 1000; n++)
        {
            publisher.Publish(new Happened(n));
        }

        await publisher.StopAsync(TestTimeouts.Token());
        Assert.Equal(1000, _broker.Confirmed.Count);
        Assert.Empty(_dropped);
    }

    [Fact]
    public async Task Stop_WithoutABroker_EndsAfterItsBound_AndCountsWhatIsLost()
    {
        _broker.Hold = true;
        using var publisher = await StartAsync();
        for (var n = 0; n < 100; n++)
        {
            publisher.Publish(new Happened(n));
        }

        await Eventually.IsTrueAsync(() => _broker.Pending > 0 && _time.PendingTimers > 0);
        var stopping = publisher.StopAsync(TestTimeouts.Token());
        Assert.False(stopping.IsCompleted);
        while (!stopping.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await stopping;
        Assert.Equal(100, _dropped.Count);
    }

    private async Task<EventPublisher> StartAsync(int capacity = 10_000)
    {
        var publisher = new EventPublisher(_broker, Options.Create(new EventOptions { Capacity = capacity }), _time, NullLogger<EventPublisher>.Instance);
        await publisher.StartAsync(CancellationToken.None);
        return publisher;
    }

    private sealed record Happened(int Number);

    private sealed class Broker : IEventTransport
    {
        private readonly ConcurrentQueue<TaskCompletionSource> _held = new();
        private int _attempts;

        public volatile bool Refuses;
        public volatile bool Hold;
        public volatile int Unwritable = -1;

        public ConcurrentQueue<int> Confirmed { get; } = new();

        public ConcurrentQueue<Guid> Ids { get; } = new();

        public int Attempts => Volatile.Read(ref _attempts);

        public int Pending => _held.Count;

        public void Release()
        {
            while (_held.TryDequeue(out var held))
            {
                held.TrySetResult();
            }
        }

        public async Task SendAsync(QueuedEvent queued, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _attempts);
            Ids.Enqueue(queued.Id);
            var number = ((Happened)queued.Message).Number;
            if (number == Unwritable)
            {
                throw new NotSupportedException("no such type");
            }

            if (Refuses)
            {
                throw new IOException("connection refused");
            }

            if (Hold)
            {
                var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _held.Enqueue(held);
                await held.Task;
            }

            Confirmed.Enqueue(number);
        }
    }
}
