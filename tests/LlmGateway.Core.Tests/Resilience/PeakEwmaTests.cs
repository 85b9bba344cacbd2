using LlmGateway.Core.Resilience;
using LlmGateway.TestSupport;

namespace LlmGateway.Core.Tests.Resilience;

public class PeakEwmaTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void BeforeTheFirstSample_NothingIsKnown() => Assert.Null(new PeakEwma(_time).Seconds);

    [Fact]
    public void ARise_IsFollowedAtOnce()
    {
        var average = Of(1, 3);
        Assert.Equal(3, average.Seconds);
    }

    [Fact]
    public void AFall_IsBelievedSlowly()
    {
        var average = Of(3);
        _time.Advance(TimeSpan.FromSeconds(10));
        average.Record(TimeSpan.FromSeconds(1));
        Assert.Equal(1 + (2 * Math.Exp(-1)), average.Seconds!.Value, 6);
    }

    [Fact]
    public void WithoutSamples_ASlowTargetIsForgotten_SoThatItIsTriedAgain()
    {
        var average = Of(60);
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.InRange(average.Seconds!.Value, 0.01, 1);
    }

    [Fact]
    public void SamplesInOneMoment_KeepTheHighest() => Assert.Equal(3, Of(3, 1, 2).Seconds);

    [Fact]
    public void AfterALongTime_OnlyTheLastSampleCounts()
    {
        var average = Of(100);
        _time.Advance(TimeSpan.FromHours(1));
        average.Record(TimeSpan.FromSeconds(0.5));
        Assert.Equal(0.5, average.Seconds!.Value, 6);
    }

    private PeakEwma Of(params double[] samples)
    {
        var average = new PeakEwma(_time);
        foreach (var sample in samples)
        {
            average.Record(TimeSpan.FromSeconds(sample));
        }

        return average;
    }
}
