using LlmGateway.SystemMonitor.Probes;

namespace LlmGateway.SystemMonitor.Tests.Probes;

public class MountTests
{
    private static string[] Points(string mountinfo) => [.. Mount.ParsePersistent(mountinfo).Select(m => m.Point)];

    [Fact]
    public void OnlyWhatHoldsData_Counts() => Assert.Equal(["/", "/data", "/home", "/nfs", "/tank"], Points("""
        22 27 0:21 / /proc rw,relatime - proc proc rw
        23 27 0:22 / /sys rw,relatime - sysfs sysfs rw
        24 27 0:6 / /dev rw,relatime - devtmpfs devtmpfs rw,size=12334524k
        25 24 0:23 / /dev/shm rw,relatime - tmpfs tmpfs rw
        27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
        30 27 7:1 / /snap/core/1 ro - squashfs /dev/loop1 ro
        31 27 11:0 / /media/cd ro - iso9660 /dev/sr0 ro
        32 27 8:17 / /data rw - xfs /dev/sdb1 rw
        33 27 0:40 /@home /home rw - btrfs /dev/sdc1 rw
        34 27 0:50 / /nfs rw - nfs4 server:/export rw
        35 27 0:51 / /tank rw - zfs tank rw
        36 27 0:52 / /run/user/1000/doc rw - fuse.portal portal rw
        """));

    [Fact]
    public void OneFileSystem_CountsOnce_ByItsRootThenItsShortestPath()
    {
        Assert.Equal(["/mnt/disk"], Points("""
            40 27 8:17 /sub /a rw - ext4 /dev/sdb1 rw
            41 27 8:17 / /mnt/disk rw - ext4 /dev/sdb1 rw
            42 27 8:17 / /mnt/disk/again rw - ext4 /dev/sdb1 rw
            """));
        Assert.Equal(["/b"], Points("40 27 0:9 /@long /long rw - btrfs /dev/sdb1 rw\n41 27 0:9 /@b /b rw - btrfs /dev/sdb1 rw"));
    }

    [Fact]
    public void AContainer_HasItsOverlay_AndNotTheFilesOfItsHost() => Assert.Equal(["/", "/models"], Points("""
        600 500 0:90 / / rw,relatime master:5 - overlay overlay rw,lowerdir=/l,upperdir=/u
        610 600 8:1 /var/lib/docker/containers/x/hosts /etc/hosts rw - ext4 /dev/sda1 rw
        611 600 8:1 /var/lib/docker/containers/x/hostname /etc/hostname rw - ext4 /dev/sda1 rw
        612 600 8:1 /var/lib/docker/containers/x/resolv.conf /etc/resolv.conf rw - ext4 /dev/sda1 rw
        613 600 8:2 /volumes/models /models rw - ext4 /dev/sda2 rw
        """));

    [Fact]
    public void WhatIsMountedOverAnother_HidesIt() => Assert.Empty(Points("""
        40 27 8:17 / /data rw - ext4 /dev/sdb1 rw
        41 40 0:99 / /data rw - tmpfs tmpfs rw
        """));

    [Fact]
    public void EscapedNames_AreDecoded() => Assert.Equal(
        ["/mnt/\\x", @"/mnt/a b\c"],
        Points("40 27 8:17 / /mnt/a\\040b\\134c rw - ext4 /dev/sdb1 rw\n41 27 8:18 / /mnt/\\x rw - ext4 /dev/sdb2 rw"));

    [Theory]
    [InlineData("")]
    [InlineData("\n\n")]
    [InlineData("garbage")]
    [InlineData("36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3")]
    [InlineData("36 35 98:0 /mnt1 - ext3 /dev/root rw")]
    [InlineData("36 35 98:0 /mnt1 mnt2 rw - ext3 /dev/root rw")]
    [InlineData("- - - - - - -")]
    public void LinesThatCannotBeRead_AreLeftOut(string line) =>
        Assert.Equal(["/ok"], Points(line + "\n40 27 8:17 / /ok rw,relatime a:1 b:2 c:3 - ext4 /dev/sdb1 rw"));
}
