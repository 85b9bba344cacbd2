using LlmGateway.SystemMonitor.Probes;

namespace LlmGateway.SystemMonitor.Tests.Probes;

public class CpuTimesTests
{
    [Fact]
    public void AllColumns_AreRead()
    {
        var times = CpuTimes.Parse("cpu  108291 7 25127 307126 1459 3 5455 766 11 12\ncpu0 1 2 3 4 5 6 7 8 9 10\nintr 5\n");
        Assert.Equal(new CpuTimes(108291, 7, 25127, 307126, 1459, 3, 5455, 766), times);
    }

    [Fact]
    public void AnOldKernel_HasFourColumns() =>
        Assert.Equal(new CpuTimes(1, 2, 3, 4, 0, 0, 0, 0), CpuTimes.Parse("cpu  1 2 3 4\n"));

    [Fact]
    public void ColumnsOfTheFuture_AreNoMatter() =>
        Assert.Equal(new CpuTimes(1, 2, 3, 4, 5, 6, 7, 8), CpuTimes.Parse("cpu  1 2 3 4 5 6 7 8 9 10 soon 12"));

    [Fact]
    public void TheLineOfAllProcessors_MayStandAnywhere() =>
        Assert.Equal(new CpuTimes(1, 2, 3, 4, 0, 0, 0, 0), CpuTimes.Parse("cpu0 9 9 9 9\r\ncpu 1 2 3 4\r\n"));

    [Theory]
    [InlineData("")]
    [InlineData("cpu0 1 2 3 4 5 6 7 8\n")]
    [InlineData("cpu \n")]
    [InlineData("cpu  1 2 3\n")]
    [InlineData("cpu  1 2 x 4 5\n")]
    [InlineData("cpu  1 2 -3 4 5\n")]
    [InlineData("cpu  1 2 99999999999999999999999 4 5\n")]
    [InlineData("\0\0\0garbage\u00ff")]
    public void WhatIsNoReading_IsNone(string text) => Assert.Null(CpuTimes.Parse(text));

    [Fact]
    public void Utilization_IsTheShareThatWasNotIdle()
    {
        var earlier = new CpuTimes(100, 100, 100, 1000, 100, 10, 10, 10);
        var later = new CpuTimes(110, 105, 105, 1050, 120, 12, 13, 15);
        Assert.Equal(30.0 / 100, CpuTimes.Utilization(earlier, later)!.Value, 10);
    }

    [Fact]
    public void WaitingForADisk_IsIdle_AndStolenTimeIsNot()
    {
        var earlier = default(CpuTimes);
        Assert.Equal(0, CpuTimes.Utilization(earlier, earlier with { IoWait = 50, Idle = 50 }));
        Assert.Equal(0.5, CpuTimes.Utilization(earlier, earlier with { Steal = 50, Idle = 50 }));
    }

    [Fact]
    public void ACounterThatWentBack_SaysNothing()
    {
        var earlier = new CpuTimes(100, 0, ulong.MaxValue - 1, 1000, 500, 0, 0, 0);
        var later = new CpuTimes(125, 0, 3, 1075, 400, 0, 0, 0);
        Assert.Equal(0.25, CpuTimes.Utilization(earlier, later));
    }

    [Fact]
    public void WithoutTimeBetween_ThereIsNoUtilization()
    {
        var times = new CpuTimes(1, 2, 3, 4, 5, 6, 7, 8);
        Assert.Null(CpuTimes.Utilization(times, times));
        Assert.Null(CpuTimes.Utilization(times, default));
    }

    [Fact]
    public void TheLargestCounters_DoNotOverflow()
    {
        var later = new CpuTimes(ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue);
        Assert.Equal(0.75, CpuTimes.Utilization(default, later)!.Value, 10);
    }
}
