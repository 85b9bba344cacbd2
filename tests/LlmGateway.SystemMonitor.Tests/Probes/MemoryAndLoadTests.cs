using LlmGateway.SystemMonitor.Probes;

namespace LlmGateway.SystemMonitor.Tests.Probes;

public class MemoryAndLoadTests
{
    [Fact]
    public void TotalAndAvailable_AreRead() => Assert.Equal(
        new MemoryReading(24684096L * 1024, 23725992L * 1024),
        MemoryReading.Parse("MemTotal:       24684096 kB\nMemFree:        22945252 kB\nMemAvailable:   23725992 kB\nBuffers:           12348 kB\n"));

    [Theory]
    [InlineData("")]
    [InlineData("garbage\n\n::\n")]
    [InlineData("MemTotal:\nMemAvailable: kB\n")]
    [InlineData("MemTotal: many kB\nMemAvailable: -5 kB\n")]
    [InlineData("MemTotal: 5 MB\nMemAvailable: 5\n")]
    [InlineData("MemTotal: 99999999999999999999 kB\nMemAvailable: 9223372036854775807 kB\n")]
    public void WhatCannotBeRead_IsUnknown(string text) => Assert.Equal(new MemoryReading(null, null), MemoryReading.Parse(text));

    [Fact]
    public void ALineThatLacks_LeavesTheOther()
    {
        Assert.Equal(new MemoryReading(1024, null), MemoryReading.Parse("MemTotal: 1 kB\nMemFree: 1 kB"));
        Assert.Equal(new MemoryReading(null, 2048), MemoryReading.Parse("MemAvailable: 2 kB"));
    }

    [Fact]
    public void MoreAvailableThanThereIs_IsAllThereIs() =>
        Assert.Equal(new MemoryReading(1024, 1024), MemoryReading.Parse("MemTotal: 1 kB\nMemAvailable: 2 kB"));

    [Theory]
    [InlineData("8.09 5.44 3.04 12/266 17384\n", 8.09)]
    [InlineData("0.00", 0.0)]
    [InlineData("12\n", 12.0)]
    public void TheLoadOfTheLastMinute_IsTheFirstNumber(string text, double expected) => Assert.Equal(expected, LoadAverage.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("-1 2 3")]
    [InlineData("NaN 1 1")]
    [InlineData("∞ 1 1")]
    [InlineData("much")]
    public void WhatIsNoLoad_IsUnknown(string text) => Assert.Null(LoadAverage.Parse(text));
}
