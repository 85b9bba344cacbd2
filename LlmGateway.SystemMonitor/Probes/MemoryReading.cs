using System.Globalization;

namespace LlmGateway.SystemMonitor.Probes;

/// <summary>Bytes of memory, from <c>/proc/meminfo</c> (proc_meminfo(5)). What the text does not tell is null.</summary>
/// <param name="TotalBytes">What the kernel has to give.</param>
/// <param name="AvailableBytes">What programs can still take without swapping, caches that can be dropped included.</param>
internal readonly record struct MemoryReading(long? TotalBytes, long? AvailableBytes)
{
    /// <summary>The file writes kB and means 1024 bytes.</summary>
    private const long Unit = 1024;

    public static MemoryReading Parse(ReadOnlySpan<char> meminfo)
    {
        long? total = null;
        long? available = null;
        foreach (var line in meminfo.EnumerateLines())
        {
            total ??= Read(line, "MemTotal:");
            available ??= Read(line, "MemAvailable:");
        }

        // In some containers the two come from different places; more than all there is would be nonsense.
        return new MemoryReading(total, available > total ? total : available);
    }

    private static long? Read(ReadOnlySpan<char> line, string name)
    {
        if (!line.StartsWith(name))
        {
            return null;
        }

        var value = line[name.Length..].Trim();
        if (!value.EndsWith(" kB"))
        {
            return null;
        }

        return long.TryParse(value[..^" kB".Length], NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var units)
            && units <= long.MaxValue / Unit
            ? units * Unit
            : null;
    }
}
