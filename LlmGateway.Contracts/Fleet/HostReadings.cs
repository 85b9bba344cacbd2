using System.Text.Json.Serialization;

namespace LlmGateway.Contracts.Fleet;

/// <summary>How busy a machine is, as its system monitor last measured. What could not be measured is null.</summary>
/// <param name="Id">The machine's name.</param>
public sealed record HostReadings(string Id) : FleetEntry(Id)
{
    public const string KindName = "host";

    [JsonIgnore]
    public override string Key => $"{KindName}/{Id}";

    /// <summary>Logical processors.</summary>
    public int Processors { get; init; }

    /// <summary>Share of all processors' time since the last reading that was not idle, 0 to 1.</summary>
    public double? CpuUtilization { get; init; }

    /// <summary>Processes that ran or waited to run, averaged over the last minute.</summary>
    public double? LoadAverage { get; init; }

    /// <summary>Bytes of memory of the machine.</summary>
    public long? MemoryTotalBytes { get; init; }

    /// <summary>Bytes of memory that programs can still take without swapping.</summary>
    public long? MemoryAvailableBytes { get; init; }

    public IReadOnlyList<DiskReading> Disks { get; init; } = [];
}

/// <summary>One file system.</summary>
/// <param name="MountPoint">Where it is mounted, such as <c>/</c>.</param>
/// <param name="TotalBytes">Its size.</param>
/// <param name="AvailableBytes">What an ordinary user can still write.</param>
public sealed record DiskReading(string MountPoint, long TotalBytes, long AvailableBytes);
