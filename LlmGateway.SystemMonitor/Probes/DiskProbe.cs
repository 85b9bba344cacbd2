using LlmGateway.Contracts.Fleet;

namespace LlmGateway.SystemMonitor.Probes;

/// <summary>
/// Asks file systems for their space. One that does not answer, as a network mount whose server is gone, is left out until it does,
/// and is never asked a second time while the first question is open: it costs one thread and no more.
/// </summary>
/// <param name="ask">Reads the space of a mount point; null when it has none to tell. May block.</param>
/// <param name="bound">How long all of them together may take.</param>
internal sealed class DiskProbe(Func<string, DiskReading?> ask, TimeSpan bound, TimeProvider time)
{
    /// <summary>How long a sample waits for file systems.</summary>
    public static readonly TimeSpan Bound = TimeSpan.FromMilliseconds(500);

    private readonly Dictionary<string, Task<DiskReading?>> _open = new(StringComparer.Ordinal);

    /// <summary>Space of the mount points that answered in time, in their order. Not for concurrent use.</summary>
    public async Task<IReadOnlyList<DiskReading>> ReadAsync(IReadOnlyList<string> points, CancellationToken cancellationToken)
    {
        foreach (var point in points)
        {
            if (!_open.ContainsKey(point))
            {
                _open[point] = Task.Run(() => ask(point), CancellationToken.None);
            }
        }

        try
        {
            await Task.WhenAll(points.Select(point => _open[point])).WaitAsync(bound, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // Those that have answered are taken below.
        }

        var readings = points.Select(point => _open[point]).Where(answer => answer.IsCompletedSuccessfully).Select(answer => answer.Result).OfType<DiskReading>().ToArray();
        foreach (var point in _open.Where(question => question.Value.IsCompleted).Select(question => question.Key).ToArray())
        {
            _open.Remove(point);
        }

        return readings;
    }

    /// <summary>The space as the operating system tells it (statvfs on Unix).</summary>
    public static DiskReading? Ask(string point)
    {
        try
        {
            // A bind mount of a single file is no disk.
            if (!Directory.Exists(point))
            {
                return null;
            }

            var drive = new DriveInfo(point);
            var total = drive.TotalSize;
            return total > 0 ? new DiskReading(point, total, Math.Clamp(drive.AvailableFreeSpace, 0, total)) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}
