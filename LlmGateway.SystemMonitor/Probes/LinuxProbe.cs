namespace LlmGateway.SystemMonitor.Probes;

/// <summary>Reads <c>/proc</c>.</summary>
/// <param name="proc">Where it is mounted.</param>
internal sealed class LinuxProbe(string proc = "/proc") : IHostProbe
{
    public HostSample Read() => new(
        CpuTimes.Parse(Text("stat")),
        LoadAverage.Parse(Text("loadavg")),
        MemoryReading.Parse(Text("meminfo")),
        [.. Mount.ParsePersistent(Text("self/mountinfo")).Select(m => m.Point)]);

    /// <summary>Empty for a file that is not there or not for us, which is told as what it lacks.</summary>
    private string Text(string file)
    {
        try
        {
            return File.ReadAllText(Path.Combine(proc, file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
