namespace LlmGateway.SystemMonitor.Probes;

/// <summary>What a machine tells about itself at one instant. What it does not tell is null or empty.</summary>
/// <param name="Cpu">Times since the system was started.</param>
/// <param name="LoadAverage">Over the last minute.</param>
/// <param name="Memory">Bytes.</param>
/// <param name="MountPoints">File systems worth asking for their space.</param>
internal sealed record HostSample(CpuTimes? Cpu, double? LoadAverage, MemoryReading Memory, IReadOnlyList<string> MountPoints);

/// <summary>Reads a machine's counters; does not block and does not throw for what cannot be read.</summary>
internal interface IHostProbe
{
    HostSample Read();
}
