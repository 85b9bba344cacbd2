using LlmGateway.Data.Jobs;
using LlmGateway.TestSupport;
using LlmGateway.Worker.Batches;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlmGateway.Worker.Tests.Batches;

public sealed class StoreRetryTests
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(3);

    private readonly ManualTimeProvider _time = new();

    private StoreRetry Retry => new(_time, NullLogger<StoreRetry>.Instance);

    [Fact]
    public async Task Patience_BeginsWithTheFirstFailure_HoweverLongTheCallTook()
    {
        var calls = 0;
        var run = Retry.RunAsync(
            _ =>
            {
                _time.Advance(TimeSpan.FromMinutes(3));
                return ++calls == 1 ? throw new StoreUnavailableException("away") : Task.FromResult(calls);
            },
            default);
        await PassAsync(run);
        Assert.Equal(2, await run);
    }

    [Fact]
    public async Task AStoreThatStaysAway_IsGivenUp()
    {
        var begin = _time.GetUtcNow();
        var run = Retry.RunAsync<int>(_ => throw new StoreUnavailableException("away"), default);
        await PassAsync(run);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => run);
        Assert.InRange((_time.GetUtcNow() - begin).TotalMinutes, 2, 3);
    }

    private async Task PassAsync(Task run)
    {
        while (!run.IsCompleted)
        {
            await Eventually.IsTrueAsync(() => run.IsCompleted || _time.PendingTimers > 0, "the call waits or has ended");
            if (_time.PendingTimers > 0)
            {
                _time.Advance(Step);
            }
        }
    }
}
