using LlmGateway.Contracts.Fleet;
using LlmGateway.SystemMonitor.Probes;
using LlmGateway.SystemMonitor.Sampling;
using LlmGateway.TestSupport;
using Microsoft.Extensions.Options;

namespace LlmGateway.SystemMonitor.Tests.Sampling;

public class HostSamplerTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly ScriptedProbe _probe = new();

    [Fact]
    public async Task TheReadings_AreOneEntryUnderTheHostsName()
    {
        using var sampler = Sampler(new MonitorOptions { HostName = " gpu-1 " });
        Assert.Empty(sampler.Entries);
        Assert.Null(sampler.Age);
        var changes = 0;
        sampler.Changed += () => changes++;

        _probe.Next = new HostSample(new CpuTimes(10, 0, 0, 10, 0, 0, 0, 0), 1.5, new MemoryReading(1000, 400), ["/", "/gone"]);
        await sampler.MeasureAsync(default);
        var first = Assert.IsType<HostReadings>(Assert.Single(sampler.Entries));
        Assert.Equal("host/gpu-1", first.Key);
        Assert.Equal(Environment.ProcessorCount, first.Processors);
        Assert.Null(first.CpuUtilization);
        Assert.Equal(1.5, first.LoadAverage);
        Assert.Equal((1000, 400), (first.MemoryTotalBytes, first.MemoryAvailableBytes));
        Assert.Equal([new DiskReading("/", 500, 100)], first.Disks);

        _probe.Next = _probe.Next with { Cpu = new CpuTimes(25, 0, 0, 15, 0, 0, 0, 0) };
        await sampler.MeasureAsync(default);
        Assert.Equal(0.75, Assert.IsType<HostReadings>(Assert.Single(sampler.Entries)).CpuUtilization);
        Assert.Equal(1, changes);
    }

    [Fact]
    public async Task WhatCannotBeMeasured_IsNull_AndComesBack()
    {
        using var sampler = Sampler(new MonitorOptions());
        _probe.Next = new HostSample(new CpuTimes(10, 0, 0, 10, 0, 0, 0, 0), 1, new MemoryReading(1, 1), []);
        await sampler.MeasureAsync(default);
        _probe.Next = new HostSample(null, null, new MemoryReading(null, null), []);
        await sampler.MeasureAsync(default);
        Assert.Equal(Environment.MachineName, sampler.Readings!.Id);
        Assert.Null(sampler.Readings.CpuUtilization);
        Assert.Null(sampler.Readings.LoadAverage);
        Assert.Null(sampler.Readings.MemoryTotalBytes);

        _probe.Next = new HostSample(new CpuTimes(20, 0, 0, 20, 0, 0, 0, 0), 1, new MemoryReading(1, 1), []);
        await sampler.MeasureAsync(default);
        Assert.Null(sampler.Readings.CpuUtilization);
        _probe.Next = new HostSample(new CpuTimes(30, 0, 0, 30, 0, 0, 0, 0), 1, new MemoryReading(1, 1), []);
        await sampler.MeasureAsync(default);
        Assert.Equal(0.5, sampler.Readings.CpuUtilization);
    }

    [Fact]
    public async Task EveryInterval_IsMeasured()
    {
        using var sampler = Sampler(new MonitorOptions { SampleInterval = TimeSpan.FromSeconds(5) });
        _probe.Next = new HostSample(null, 1, new MemoryReading(1, 1), []);
        await sampler.StartAsync(default);
        await _probe.Reads.WaitAsync(TestTimeouts.Token());
        await Eventually.IsTrueAsync(() => _time.PendingTimers > 0 && sampler.Readings is not null, "the first readings are there");
        _time.Advance(TimeSpan.FromSeconds(5));
        await _probe.Reads.WaitAsync(TestTimeouts.Token());
        await sampler.StopAsync(default);
    }

    private HostSampler Sampler(MonitorOptions options) => new(
        _probe, new DiskProbe(point => point == "/" ? new DiskReading("/", 500, 100) : null, TestTimeouts.Default, TimeProvider.System), Options.Create(options), _time);

    private sealed class ScriptedProbe : IHostProbe
    {
        public SemaphoreSlim Reads { get; } = new(0);

        public HostSample Next { get; set; } = new(null, null, default, []);

        public HostSample Read()
        {
            Reads.Release();
            return Next;
        }
    }
}
