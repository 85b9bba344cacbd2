using System.Text;

namespace LlmGateway.SystemMonitor.Probes;

/// <summary>A mounted file system, from <c>/proc/self/mountinfo</c> (proc_pid_mountinfo(5)).</summary>
/// <param name="Device">Major and minor number: the same for all mounts of one file system.</param>
/// <param name="Root">The part of the file system that is mounted; not <c>/</c> for a bind mount or a subvolume.</param>
/// <param name="Point">Where it is mounted.</param>
/// <param name="Type">Such as <c>ext4</c>.</param>
/// <param name="Source">Such as <c>/dev/sda1</c>.</param>
internal sealed record Mount(string Device, string Root, string Point, string Type, string Source)
{
    /// <summary>Persistent file systems whose source is no path of a device.</summary>
    private static readonly HashSet<string> Persistent =
    [
        "zfs", "btrfs", "bcachefs", "nfs", "nfs4", "cifs", "smb3", "ceph", "lustre", "gpfs", "beegfs", "glusterfs", "fuse.glusterfs", "9p", "virtiofs",
    ];

    /// <summary>On devices, and yet nothing that fills up: images, mounted read-only.</summary>
    private static readonly HashSet<string> Images = ["squashfs", "iso9660", "udf", "erofs", "cramfs"];

    /// <summary>
    /// The mounts that hold data, each file system once and ordered by mount point. Of several mounts of one file system the one of
    /// its root counts, then the one with the shortest path. The root of a container is an overlay, whose space is that of the disk
    /// below it. Lines that cannot be read are left out.
    /// </summary>
    public static IReadOnlyList<Mount> ParsePersistent(string mountinfo)
    {
        var mounts = mountinfo.Split('\n').Select(Parse).OfType<Mount>().ToList();
        return
        [
            .. mounts.Where(IsPersistent)
                // What is mounted later over the same point hides what was there.
                .Where(m => ReferenceEquals(mounts.FindLast(other => other.Point == m.Point), m))
                .GroupBy(m => m.Device)
                .Select(same => same.OrderBy(m => m.Root == "/" ? 0 : 1).ThenBy(m => m.Point.Length).ThenBy(m => m.Point, StringComparer.Ordinal).First())
                .OrderBy(m => m.Point, StringComparer.Ordinal),
        ];
    }

    private static bool IsPersistent(Mount mount) =>
        !Images.Contains(mount.Type)
        && (mount.Source.StartsWith("/dev/", StringComparison.Ordinal) || Persistent.Contains(mount.Type) || mount is { Point: "/", Type: "overlay" })
        // devtmpfs itself, and single files that containers are given from the host's disk.
        && mount.Point is not ("/dev" or "/etc/hosts" or "/etc/hostname" or "/etc/resolv.conf");

    /// <summary>
    /// <c>36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw</c>: id, parent, device, root, mount point, options, any number of
    /// further fields, a dash, type and source.
    /// </summary>
    private static Mount? Parse(string line)
    {
        var fields = line.TrimEnd('\r').Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var dash = Array.IndexOf(fields, "-");
        return dash < 6 || fields.Length < dash + 3 || !fields[4].StartsWith('/')
            ? null
            : new Mount(fields[2], Unescape(fields[3]), Unescape(fields[4]), fields[dash + 1], Unescape(fields[dash + 2]));
    }

    /// <summary>Blank, tab, line feed and backslash are written as a backslash and three octal digits.</summary>
    private static string Unescape(string field)
    {
        if (!field.Contains('\\', StringComparison.Ordinal))
        {
            return field;
        }

        var text = new StringBuilder(field.Length);
        for (var i = 0; i < field.Length; i++)
        {
            if (field[i] == '\\' && i + 3 < field.Length && field.AsSpan(i + 1, 3).IndexOfAnyExceptInRange('0', '7') < 0)
            {
                text.Append((char)(((field[i + 1] - '0') << 6) | ((field[i + 2] - '0') << 3) | (field[i + 3] - '0')));
                i += 3;
            }
            else
            {
                text.Append(field[i]);
            }
        }

        return text.ToString();
    }
}
