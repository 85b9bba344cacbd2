using LlmGateway.Contracts.Fleet;
using LlmGateway.SystemMonitor.Probes;
using LlmGateway.TestSupport;

namespace LlmGateway.SystemMonitor.Tests.Probes;

public class DiskProbeTests
{
    [Fact]
    public async Task AHangingMount_HoldsUpNobody_AndIsAskedOnlyOnce()
    {
        using var server = new ManualResetEventSlim();
        var asked = 0;
        var probe = new DiskProbe(
            point =>
            {
                if (point == "/hangs")
                {
                    Interlocked.Increment(ref asked);
                    server.Wait();
                }

                return new DiskReading(point, 100, 40);
            },
            TimeSpan.FromMilliseconds(100),
            TimeProvider.System);

        for (var i = 0; i < 3; i++)
        {
            var seen = await Until(probe, ["/hangs", "/works"], readings => readings.Count > 0);
            Assert.Equal([new DiskReading("/works", 100, 40)], seen);
        }

        Assert.Equal(1, asked);
        server.Set();
        var all = await Until(probe, ["/hangs", "/works"], readings => readings.Count == 2);
        Assert.Equal(["/hangs", "/works"], all.Select(r => r.MountPoint));
    }

    [Fact]
    public void WhatIsNoFileSystem_HasNoSpace()
    {
        Assert.Null(DiskProbe.Ask("/no/such/place"));
        Assert.Null(DiskProbe.Ask(typeof(DiskProbe).Assembly.Location));
        Assert.Null(DiskProbe.Ask(""));
    }

    /// <summary>A thread of the pool may come late on a busy machine; the next question finds its answer.</summary>
    private static async Task<IReadOnlyList<DiskReading>> Until(DiskProbe probe, string[] points, Func<IReadOnlyList<DiskReading>, bool> condition)
    {
        var limit = TestTimeouts.Token();
        while (true)
        {
            limit.ThrowIfCancellationRequested();
            if (await probe.ReadAsync(points, limit) is var readings && condition(readings))
            {
                return readings;
            }
        }
    }
}
