using System.Diagnostics.Metrics;
using LlmGateway.Api.Admin.Queues;
using LlmGateway.Data.Jobs;
using LlmGateway.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace LlmGateway.Api.Tests.Admin;

public sealed class QueueBoardTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly FakeJobQueues _queues = new();
    private readonly QueueBoard _board;

    public QueueBoardTests() => _board = new QueueBoard(new ServiceCollection().BuildServiceProvider(), _time);

    [Fact]
    public async Task Figures_AreCountedOnceForManyWhoAsk()
    {
        _queues.Hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var gone = new CancellationTokenSource();
        var first = _board.ReadAsync(_queues, gone.Token);
        var others = Enumerable.Range(0, 20).Select(_ => _board.ReadAsync(_queues, CancellationToken.None)).ToArray();
        // Who came first goes away; the others get their answer all the same.
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.Null(_board.Last);
        _queues.Hold.SetResult();
        var readings = await Task.WhenAll(others);
        Assert.Single(readings.Distinct());
        Assert.Equal(1, _queues.Counted);
        Assert.Same(readings[0], _board.Last);
    }

    [Fact]
    public async Task Figures_AreCountedAnewAfterASecondAndAfterAChange()
    {
        await _board.ReadAsync(_queues, CancellationToken.None);
        _time.Advance(QueueBoard.FreshFor - TimeSpan.FromMilliseconds(1));
        await _board.ReadAsync(_queues, CancellationToken.None);
        Assert.Equal(1, _queues.Counted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await _board.ReadAsync(_queues, CancellationToken.None);
        Assert.Equal(2, _queues.Counted);
        _board.Forget();
        await _board.ReadAsync(_queues, CancellationToken.None);
        Assert.Equal(3, _queues.Counted);
    }

    [Fact]
    public async Task Failure_IsNotKept()
    {
        await _board.ReadAsync(_queues, CancellationToken.None);
        var known = _board.Last;
        _time.Advance(QueueBoard.FreshFor);
        _queues.IsAway = true;
        await Assert.ThrowsAsync<StoreUnavailableException>(() => _board.ReadAsync(_queues, CancellationToken.None));
        Assert.Same(known, _board.Last);
        _queues.IsAway = false;
        Assert.NotSame(known, await _board.ReadAsync(_queues, CancellationToken.None));
    }

    [Fact]
    public async Task Gauges_ShowWhatWasCountedLast_AndNothingOld()
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var factory = services.GetRequiredService<IMeterFactory>();
        _ = new QueueMetrics(factory, _board, _time);
        var seen = new List<string>();
        using var listener = new MeterListener
        {
            // Other gateways in this process have instruments of the same names.
            InstrumentPublished = (instrument, self) =>
            {
                if (ReferenceEquals(instrument.Meter.Scope, factory))
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => seen.Add($"{instrument.Name} {string.Join(' ', tags.ToArray().Select(t => t.Value))} {value}"));
        listener.Start();
        listener.RecordObservableInstruments();
        Assert.Empty(seen);

        _queues.Add("job_1", JobKind.Chat);
        await _board.ReadAsync(_queues, CancellationToken.None);
        _queues.IsAway = true;
        listener.RecordObservableInstruments();
        Assert.Equal(
            [
                "llm_gateway.queue.size chat waiting 7", "llm_gateway.queue.size chat delayed 2", "llm_gateway.queue.size chat active 3",
                "llm_gateway.queue.size embeddings waiting 0", "llm_gateway.queue.size embeddings delayed 0", "llm_gateway.queue.size embeddings active 0",
                "llm_gateway.queue.size batch waiting 1", "llm_gateway.queue.size batch delayed 2", "llm_gateway.queue.size batch active 3",
                "llm_gateway.queue.dead_letters chat 1", "llm_gateway.queue.dead_letters embeddings 0", "llm_gateway.queue.dead_letters batch 0",
            ],
            seen.OrderByDescending(line => line.StartsWith("llm_gateway.queue.size", StringComparison.Ordinal)));
        Assert.Equal(1, _queues.Counted);

        seen.Clear();
        _time.Advance(TimeSpan.FromMinutes(1));
        listener.RecordObservableInstruments();
        Assert.Empty(seen);
    }
}
