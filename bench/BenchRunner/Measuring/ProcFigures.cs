using System.Globalization;

namespace LlmGateway.Bench.Measuring;

/// <summary>CPU time and memory of a process and its children (nginx workers), from /proc.</summary>
internal sealed class ProcFigures
{
    // USER_HZ, the unit of /proc/PID/stat, is 100 on every Linux platform .NET runs on.
    private const double SecondsPerTick = 0.01;

    private readonly int[] _pids;

    public ProcFigures(int pid) => _pids = [pid, .. Children(pid)];

    /// <summary>User and system time used so far, in seconds.</summary>
    public double CpuSeconds() => _pids.Sum(pid =>
    {
        var fields = Stat(pid);
        return (Number(fields[11]) + Number(fields[12])) * SecondsPerTick;
    });

    /// <summary>User and system time of the processes, of all that descend from them and of those that have ended, in seconds.</summary>
    public static double FamilySeconds(IReadOnlyCollection<int> roots)
    {
        // One look at each process: a database has many, and looking must not take long.
        var all = new Dictionary<int, (int Parent, double Seconds)>();
        foreach (var pid in Pids())
        {
            try
            {
                var fields = Stat(pid);
                all[pid] = ((int)Number(fields[1]), fields[11..15].Sum(Number) * SecondsPerTick);
            }
            catch (BenchException)
            {
                // It ended meanwhile, and its parent accounts for it.
            }
        }

        return all.Where(process => Belongs(process.Key)).Sum(process => process.Value.Seconds);

        bool Belongs(int pid) => roots.Contains(pid) || (all.TryGetValue(pid, out var process) && Belongs(process.Parent));
    }

    /// <summary>Resident memory in bytes.</summary>
    public long Memory() => _pids.Sum(pid => Status(pid, "VmRSS:"));

    /// <summary>Highest resident memory since the start or the last <see cref="ResetPeak"/>, in bytes.</summary>
    public long PeakMemory() => _pids.Sum(pid => Status(pid, "VmHWM:"));

    public void ResetPeak()
    {
        foreach (var pid in _pids)
        {
            File.WriteAllText($"/proc/{pid}/clear_refs", "5");
        }
    }

    /// <summary>When the process was started, in ticks since boot: tells it from a later one with the same id.</summary>
    public static string StartTime(int pid) => Stat(pid)[19];

    private static IEnumerable<int> Children(int parent) => Pids().Where(pid => IsChild(pid, parent));

    private static IEnumerable<int> Pids()
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid))
            {
                yield return pid;
            }
        }
    }

    private static bool IsChild(int pid, int parent)
    {
        try
        {
            return Number(Stat(pid)[1]) == parent;
        }
        catch (BenchException)
        {
            return false; // It ended meanwhile.
        }
    }

    /// <summary>The fields of /proc/PID/stat from the third on (the second, the name, may hold blanks).</summary>
    internal static string[] Stat(int pid)
    {
        var text = Read(pid, "stat");
        return text[(text.LastIndexOf(')') + 2)..].Split(' ');
    }

    private static long Status(int pid, string field)
    {
        var line = Read(pid, "status").Split('\n').FirstOrDefault(line => line.StartsWith(field, StringComparison.Ordinal))
            ?? throw new BenchException($"Process {pid} is ending and has no {field} any more.");
        return Number(line[field.Length..].Replace("kB", "", StringComparison.Ordinal)) * 1024;
    }

    private static string Read(int pid, string file)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/{file}");
        }
        catch (IOException e)
        {
            throw new BenchException($"Process {pid} has ended: {e.Message}");
        }
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
