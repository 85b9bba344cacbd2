using LlmGateway.Contracts.Fleet;
using LlmGateway.ServiceDefaults.Fleet;
using LlmGateway.SystemMonitor.Probes;
using Microsoft.Extensions.Options;

namespace LlmGateway.SystemMonitor.Sampling;

/// <summary>Measures every <see cref="MonitorOptions.SampleInterval"/> and holds the latest readings.</summary>
internal sealed class HostSampler(IHostProbe probe, DiskProbe disks, IOptions<MonitorOptions> options, TimeProvider time) : BackgroundService, IFleetSource
{
    private readonly TimeSpan _interval = options.Value.SampleInterval;
    private readonly string _host = string.IsNullOrWhiteSpace(options.Value.HostName) ? Environment.MachineName : options.Value.HostName.Trim();
    private readonly IReadOnlyList<FleetEntry> _none = [];
    private volatile Latest? _latest;
    private CpuTimes? _lastCpu;

    /// <summary>Raised with the first readings; those that follow differ every time and wait for the next publication.</summary>
    public event Action? Changed;

    public IReadOnlyList<FleetEntry> Entries => _latest?.Entries ?? _none;

    /// <summary>Null before the first.</summary>
    public HostReadings? Readings => _latest?.Readings;

    /// <summary>Age of the latest readings; null while there are none.</summary>
    public TimeSpan? Age => _latest is { } latest ? time.GetElapsedTime(latest.Timestamp) : null;

    public TimeSpan Interval => _interval;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_interval, time);
        do
        {
            await MeasureAsync(stoppingToken);
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>One reading. The utilization of the processors comes with the second.</summary>
    internal async Task MeasureAsync(CancellationToken cancellationToken)
    {
        var sample = probe.Read();
        var utilization = _lastCpu is { } earlier && sample.Cpu is { } later ? CpuTimes.Utilization(earlier, later) : null;
        _lastCpu = sample.Cpu;
        var space = await disks.ReadAsync(sample.MountPoints, cancellationToken);
        var isFirst = _latest is null;
        _latest = new Latest(
            new HostReadings(_host)
            {
                Processors = Environment.ProcessorCount,
                CpuUtilization = utilization,
                LoadAverage = sample.LoadAverage,
                MemoryTotalBytes = sample.Memory.TotalBytes,
                MemoryAvailableBytes = sample.Memory.AvailableBytes,
                Disks = space,
            },
            time.GetTimestamp());
        if (isFirst)
        {
            Changed?.Invoke();
        }
    }

    private sealed record Latest(HostReadings Readings, long Timestamp)
    {
        public IReadOnlyList<FleetEntry> Entries { get; } = [Readings];
    }
}
