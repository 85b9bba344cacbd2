using System.Diagnostics;
using LlmGateway.ServiceDefaults.Telemetry;
using LlmGateway.TestSupport;
using OpenTelemetry.Trace;

namespace LlmGateway.ServiceDefaults.Tests.Telemetry;

public class RateLimitedSamplerTests
{
    [Fact]
    public void ABurst_OfOneSecondsWorth_IsRecorded_AndNoMore()
    {
        var sampler = new RateLimitedSampler(10, new ManualTimeProvider());

        Assert.Equal(10, Recorded(sampler, 1000));
    }

    [Fact]
    public void TheAllowance_GrowsBackWithTime()
    {
        var time = new ManualTimeProvider();
        var sampler = new RateLimitedSampler(10, time);
        Recorded(sampler, 1000);

        time.Advance(TimeSpan.FromMilliseconds(300));
        Assert.Equal(3, Recorded(sampler, 1000));
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(10, Recorded(sampler, 1000));
    }

    [Fact]
    public void AQuietService_IsRecordedWhole()
    {
        var time = new ManualTimeProvider();
        var sampler = new RateLimitedSampler(10, time);
        var recorded = 0;
        for (var i = 0; i < 500; i++)
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
            recorded += Recorded(sampler, 1);
        }

        Assert.Equal(500, recorded);
    }

    [Fact]
    public void Zero_RecordsNothing()
    {
        Assert.Equal(0, Recorded(new RateLimitedSampler(0, new ManualTimeProvider()), 100));
        Assert.Equal(0, Recorded(new RateLimitedSampler(0, new ManualTimeProvider()), 100, ActivityKind.Client));
    }

    [Fact]
    public void Calls_ThatNothingBegan_TakeNoPartOfTheAllowance()
    {
        var sampler = new RateLimitedSampler(10, new ManualTimeProvider());

        Recorded(sampler, 1000, ActivityKind.Client);
        Recorded(sampler, 1000, ActivityKind.Producer);

        Assert.Equal(10, Recorded(sampler, 1000));
    }

    [Fact]
    public async Task ManyThreads_GetNoMoreTogether()
    {
        var sampler = new RateLimitedSampler(50, new ManualTimeProvider());

        var recorded = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Recorded(sampler, 1000))));

        Assert.Equal(50, recorded.Sum());
    }

    private static int Recorded(RateLimitedSampler sampler, int times, ActivityKind kind = ActivityKind.Server) =>
        Enumerable.Range(0, times).Count(_ =>
            sampler.ShouldSample(new SamplingParameters(default, default, "span", kind)).Decision == SamplingDecision.RecordAndSample);
}
