using LlmGateway.ServiceDefaults.Infrastructure;
using LlmGateway.TestSupport;

namespace LlmGateway.ServiceDefaults.Tests.Infrastructure;

public sealed class OutageMemoryTests
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Attempt = TimeSpan.FromSeconds(1);

    private readonly ManualTimeProvider _time = new();
    private readonly OutageMemory _outage;

    public OutageMemoryTests() => _outage = new OutageMemory(Pause, Attempt, _time);

    [Fact]
    public void WhileAllIsWell_EveryCallMayTry() => Assert.All(Enumerable.Range(0, 10), _ => Assert.True(_outage.MayTry()));

    [Fact]
    public void AfterAFailure_NobodyTriesForAWhile()
    {
        _outage.Failed();
        Assert.False(_outage.MayTry());
        _time.Advance(Pause - TimeSpan.FromMilliseconds(1));
        Assert.False(_outage.MayTry());
    }

    [Fact]
    public async Task ThenOneTries_AndTheOthersAreRefused()
    {
        _outage.Failed();
        _time.Advance(Pause);
        var allowed = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(_outage.MayTry)));
        Assert.Single(allowed, may => may);
    }

    [Fact]
    public void ATryThatSucceeds_LetsAllIn()
    {
        _outage.Failed();
        _time.Advance(Pause);
        Assert.True(_outage.MayTry());
        Assert.True(_outage.IsOut);
        _outage.Succeeded();
        Assert.False(_outage.IsOut);
        Assert.True(_outage.MayTry());
        Assert.True(_outage.MayTry());
    }

    [Fact]
    public void ATryThatFails_StartsThePauseAgain()
    {
        _outage.Failed();
        _time.Advance(Pause);
        Assert.True(_outage.MayTry());
        _time.Advance(Attempt);
        _outage.Failed();
        Assert.False(_outage.MayTry());
        _time.Advance(Pause);
        Assert.True(_outage.MayTry());
    }

    [Fact]
    public void ATryThatNeverReports_IsFollowedByAnother()
    {
        _outage.Failed();
        _time.Advance(Pause);
        Assert.True(_outage.MayTry());
        _time.Advance(Attempt + Pause);
        Assert.True(_outage.MayTry());
    }
}
