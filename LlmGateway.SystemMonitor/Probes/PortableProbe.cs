namespace LlmGateway.SystemMonitor.Probes;

/// <summary>What .NET tells on every system: the memory's size and the drives. Nothing about how busy processors are.</summary>
internal sealed class PortableProbe : IHostProbe
{
    public HostSample Read()
    {
        var total = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return new HostSample(null, null, new MemoryReading(total > 0 ? total : null, null), MountPoints());
    }

    private static string[] MountPoints()
    {
        try
        {
            return [.. DriveInfo.GetDrives().Where(d => d.DriveType is DriveType.Fixed or DriveType.Network).Select(d => d.Name)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
