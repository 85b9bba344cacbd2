using System.Globalization;

namespace LlmGateway.SystemMonitor.Probes;

/// <summary>
/// The times that all processors together have spent since the system was started, in ticks of the kernel: the first line of
/// <c>/proc/stat</c> (proc_stat(5)). Guest time is not kept: it is part of <see cref="User"/> and <see cref="Nice"/> already.
/// </summary>
internal readonly record struct CpuTimes(
    ulong User, ulong Nice, ulong System, ulong Idle, ulong IoWait, ulong Irq, ulong SoftIrq, ulong Steal)
{
    /// <summary>Columns that every kernel has; the later ones came one by one and count as 0 where they lack.</summary>
    private const int FewestColumns = 4;

    private const int Columns = 8;

    /// <summary>Null when the text has no line of all processors, or one that cannot be read.</summary>
    public static CpuTimes? Parse(ReadOnlySpan<char> stat)
    {
        foreach (var line in stat.EnumerateLines())
        {
            // With the blank: "cpu0" is one processor.
            if (line.StartsWith("cpu "))
            {
                return ParseLine(line["cpu ".Length..]);
            }
        }

        return null;
    }

    /// <summary>
    /// Share of the time between two readings that was not idle, 0 to 1. Waiting for a disk is idle, as the processor could have done
    /// something else; time that the hypervisor gave to others is not, as it could not. Null when no time has passed.
    /// </summary>
    public static double? Utilization(in CpuTimes earlier, in CpuTimes later)
    {
        // A counter that went back has wrapped or was corrected, which the kernel does with iowait; it says nothing this time.
        var idle = Passed(earlier.Idle, later.Idle) + Passed(earlier.IoWait, later.IoWait);
        var busy = Passed(earlier.User, later.User) + Passed(earlier.Nice, later.Nice) + Passed(earlier.System, later.System)
            + Passed(earlier.Irq, later.Irq) + Passed(earlier.SoftIrq, later.SoftIrq) + Passed(earlier.Steal, later.Steal);
        return idle + busy > 0 ? busy / (idle + busy) : null;
    }

    private static double Passed(ulong earlier, ulong later) => later > earlier ? later - earlier : 0;

    private static CpuTimes? ParseLine(ReadOnlySpan<char> line)
    {
        Span<ulong> values = stackalloc ulong[Columns];
        values.Clear();
        var count = 0;
        foreach (var range in line.Split(' '))
        {
            var text = line[range];
            if (text.IsEmpty)
            {
                continue;
            }

            if (count == Columns)
            {
                break;
            }

            if (!ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out values[count++]))
            {
                return null;
            }
        }

        return count < FewestColumns
            ? null
            : new CpuTimes(values[0], values[1], values[2], values[3], values[4], values[5], values[6], values[7]);
    }
}
