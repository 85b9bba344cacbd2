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
}
