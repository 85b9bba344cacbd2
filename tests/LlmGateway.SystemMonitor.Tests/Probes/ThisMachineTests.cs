using LlmGateway.SystemMonitor.Probes;
using LlmGateway.TestSupport;

namespace LlmGateway.SystemMonitor.Tests.Probes;

/// <summary>The probes against the machine that the tests run on.</summary>
public class ThisMachineTests
{
    [Fact]
    public async Task ItsCounters_AreRead()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var first = new LinuxProbe().Read();
        var second = first;
        var limit = TestTimeouts.Token();
        // The kernel counts in hundredths of a second.
        while (CpuTimes.Utilization(first.Cpu!.Value, second.Cpu!.Value) is null)
        {
            limit.ThrowIfCancellationRequested();
            second = new LinuxProbe().Read();
        }

        Assert.InRange(CpuTimes.Utilization(first.Cpu.Value, second.Cpu.Value)!.Value, 0, 1);
        Assert.True(second.LoadAverage >= 0);
        Assert.InRange(second.Memory.AvailableBytes!.Value, 1, second.Memory.TotalBytes!.Value);
        Assert.True(second.Memory.TotalBytes > 64L * 1024 * 1024);
        Assert.Distinct(second.MountPoints);
        var disks = await new DiskProbe(DiskProbe.Ask, TestTimeouts.Default, TimeProvider.System).ReadAsync(second.MountPoints, limit);
        Assert.All(disks, disk => Assert.InRange(disk.AvailableBytes, 0, disk.TotalBytes));
    }

    [Fact]
    public void WithoutItsFiles_EverythingIsUnknown()
    {
        var sample = new LinuxProbe("/no/such/proc").Read();
        Assert.Null(sample.Cpu);
        Assert.Null(sample.LoadAverage);
        Assert.Equal(new MemoryReading(null, null), sample.Memory);
        Assert.Empty(sample.MountPoints);
    }

    [Fact]
    public void OtherSystems_TellTheirMemory()
    {
        var sample = new PortableProbe().Read();
        Assert.Null(sample.Cpu);
        Assert.True(sample.Memory.TotalBytes > 0);
    }
}
