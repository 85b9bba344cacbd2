using LlmGateway.ServiceDefaults.Jobs;
using LlmGateway.TestSupport;
using Microsoft.Extensions.Options;

namespace LlmGateway.ServiceDefaults.Tests.Jobs;

public sealed class InMemoryJobEventLogTests : JobEventLogContract, IDisposable
{
    private readonly InMemoryJobEventLog _log = new(Options.Create(new JobEventLogOptions()), TimeProvider.System);

    public override IJobEventLog Writer => _log;

    public override IJobEventLog Reader => _log;

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task AJobThatIsSilentTooLong_IsDropped()
    {
        var time = new ManualTimeProvider();
        using var log = new InMemoryJobEventLog(Options.Create(new JobEventLogOptions { TimeToLive = TimeSpan.FromMinutes(1) }), time);
        await log.AppendAsync("a", 1, 0, Documents("start"), default);
        time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(2, await log.AppendAsync("a", 1, 1, Documents("more"), default));
        time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(1, log.Count);

        time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(0, log.Count);
        Assert.Equal(0, time.PendingTimers);
        Assert.Equal(0, await log.AppendAsync("a", 1, 2, Documents("late"), default));
    }
}
