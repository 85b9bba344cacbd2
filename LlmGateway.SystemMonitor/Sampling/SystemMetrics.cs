using System.Diagnostics.Metrics;

namespace LlmGateway.SystemMonitor.Sampling;

/// <summary>
/// The latest readings as instruments, named by OpenTelemetry's semantic conventions for systems. What was not measured has no value.
/// </summary>
internal sealed class SystemMetrics
{
    public const string MeterName = "LlmGateway.SystemMonitor";

    private const string MemoryState = "system.memory.state";
    private const string DiskState = "system.filesystem.state";
    private const string MountPoint = "system.filesystem.mountpoint";

    private readonly HostSampler _sampler;

    public SystemMetrics(IMeterFactory meters, HostSampler sampler)
    {
        _sampler = sampler;
        var meter = meters.Create(MeterName);
        meter.CreateObservableGauge("system.cpu.logical.count", () => Of(sampler.Readings?.Processors), "{cpu}", "Logical processors.");
        meter.CreateObservableGauge(
            "system.cpu.utilization", () => Of(sampler.Readings?.CpuUtilization), "1", "Share of all processors' time that was not idle.");
        meter.CreateObservableGauge(
            "system.cpu.load_average.1m", () => Of(sampler.Readings?.LoadAverage), "{thread}", "Processes that ran or waited to run, over the last minute.");
        meter.CreateObservableUpDownCounter("system.memory.usage", Memory, "By", "Memory by state.");
        meter.CreateObservableUpDownCounter("system.memory.limit", () => Of(sampler.Readings?.MemoryTotalBytes), "By", "Memory of the machine.");
        meter.CreateObservableUpDownCounter("system.filesystem.usage", Disks, "By", "Space of a file system by state.");
        meter.CreateObservableUpDownCounter("system.filesystem.limit", DiskSizes, "By", "Size of a file system.");
    }

    private static Measurement<T>[] Of<T>(T? value)
        where T : struct => value is { } measured ? [new Measurement<T>(measured)] : [];

    private IEnumerable<Measurement<long>> Memory()
    {
        if (_sampler.Readings is { MemoryTotalBytes: { } total, MemoryAvailableBytes: { } available })
        {
            yield return new(total - available, new KeyValuePair<string, object?>(MemoryState, "used"));
            yield return new(available, new KeyValuePair<string, object?>(MemoryState, "free"));
        }
    }

    private IEnumerable<Measurement<long>> Disks()
    {
        foreach (var disk in _sampler.Readings?.Disks ?? [])
        {
            yield return new(disk.TotalBytes - disk.AvailableBytes, new(MountPoint, disk.MountPoint), new(DiskState, "used"));
            yield return new(disk.AvailableBytes, new(MountPoint, disk.MountPoint), new(DiskState, "free"));
        }
    }

    private IEnumerable<Measurement<long>> DiskSizes() =>
        (_sampler.Readings?.Disks ?? []).Select(disk => new Measurement<long>(disk.TotalBytes, new KeyValuePair<string, object?>(MountPoint, disk.MountPoint)));
}
