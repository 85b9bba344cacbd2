using LlmGateway.Contracts.Fleet;
using LlmGateway.ServiceDefaults.Fleet;
using LlmGateway.SystemMonitor.Hosting;
using LlmGateway.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace LlmGateway.SystemMonitor.Tests.Hosting;

/// <summary>The service as a whole, on this machine.</summary>
public class SystemMonitorTests
{
    private static Task<TestHost> StartAsync(params (string Name, string? Value)[] settings) => TestHost.StartAsync(
        builder => builder.AddSystemMonitor(), app => app.MapSystemMonitor(), [("Monitor:SampleInterval", "00:00:00.100"), .. settings]);

    private static HostReadings? Readings(TestHost monitor) =>
        monitor.Services.GetServices<IFleetSource>().SelectMany(s => s.Entries).OfType<HostReadings>().SingleOrDefault();

    [Fact]
    public async Task TheMachine_IsAnEntryOfTheFleet()
    {
        await using var monitor = await StartAsync(("Monitor:HostName", "gpu-1"), ("Worker:Id", "m-1"));
        await Eventually.IsTrueAsync(() => Readings(monitor)?.CpuUtilization is not null || (!OperatingSystem.IsLinux() && Readings(monitor) is not null), "two readings");
        var readings = Readings(monitor)!;
        Assert.Equal("gpu-1", readings.Id);
        Assert.Equal(Environment.ProcessorCount, readings.Processors);
        Assert.True(readings.MemoryTotalBytes > 0);
        Assert.All(readings.Disks, disk => Assert.InRange(disk.AvailableBytes, 0, disk.TotalBytes));

        var (status, document) = await monitor.WaitForReadinessAsync(d => d.GetProperty("status").GetString() == "ready");
        Assert.Equal(200, status);
        Assert.Equal("m-1", document.GetProperty("workerId").GetString());
        Assert.Equal("""{"readings":"healthy"}""", document.GetProperty("services").GetRawText());
    }

    [Fact]
    public async Task Metrics_HaveTheNamesOfTheConventions()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        await using var monitor = await StartAsync();
        await Eventually.IsTrueAsync(() => Readings(monitor)?.CpuUtilization is not null, "two readings");
        var text = await monitor.Client.GetStringAsync("/metrics");
        Assert.Matches("\nsystem_cpu_utilization_ratio (0|1|0\\.[0-9]+|[0-9.]+E-[0-9]+)\n", text);
        Assert.Matches("\nsystem_cpu_load_average_1m [0-9.]+\n", text);
        Assert.Matches("\nsystem_memory_usage_bytes\\{system_memory_state=\"used\"\\} [1-9]", text);
        Assert.Matches("\nsystem_memory_limit_bytes [1-9]", text);
        foreach (var disk in Readings(monitor)!.Disks)
        {
            Assert.Contains($"system_filesystem_limit_bytes{{system_filesystem_mountpoint=\"{disk.MountPoint}\"}} ", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task EveryMistake_IsListedAtOnce()
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(() => StartAsync(("Monitor:SampleInterval", "00:00:00"), ("Monitor:HostName", new string('x', 300))));
        Assert.Contains("Monitor:SampleInterval must be between", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("Monitor:HostName must have at most 253", error.ToString(), StringComparison.Ordinal);
    }
}
