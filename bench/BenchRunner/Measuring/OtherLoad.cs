using System.Globalization;

namespace LlmGateway.Bench.Measuring;

/// <summary>
/// How much of the machine other programs (or the hypervisor) took during a measurement. The machine is seldom alone,
/// and a round that shared its cores with a compiler says little about a proxy.
/// </summary>
internal sealed class OtherLoad
{
    private const double SecondsPerTick = 0.01;

    private readonly IReadOnlyList<Func<double>> _servers;
    private double _busy;
    private double _own;
    private long _started;

    /// <param name="servers">The CPU seconds that each server has used so far.</param>
    public OtherLoad(IReadOnlyList<Func<double>> servers)
    {
        _servers = servers;
        Restart();
    }

    public void Restart()
    {
        _busy = Busy();
        _own = Own();
        _started = TimeProvider.System.GetTimestamp();
    }

    /// <summary>Share of all cores since the last <see cref="Restart"/>, 0 to 1.</summary>
    public double Share()
    {
        var seconds = TimeProvider.System.GetElapsedTime(_started).TotalSeconds * Environment.ProcessorCount;
        return Math.Max(0, (Busy() - _busy - (Own() - _own)) / seconds);
    }

    /// <summary>User, nice, system and stolen time; interrupts are left out, they belong to nobody's account.</summary>
    private static double Busy()
    {
        var fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return (Number(fields[1]) + Number(fields[2]) + Number(fields[3]) + Number(fields[8])) * SecondsPerTick;
    }

    /// <summary>The servers, this program, and its load tools that have ended.</summary>
    private double Own() =>
        _servers.Sum(server => server())
        + (ProcFigures.Stat(Environment.ProcessId)[11..15].Sum(Number) * SecondsPerTick);

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
