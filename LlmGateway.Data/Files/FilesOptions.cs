using System.ComponentModel.DataAnnotations;

namespace LlmGateway.Data.Files;

/// <summary>The <c>Files</c> section: what may be uploaded, and how long it is kept.</summary>
public sealed class FilesOptions
{
    public const string Section = "Files";

    /// <summary>The largest file that is accepted, in bytes.</summary>
    /// <value>200 MiB</value>
    [Range(1, 64L * 1024 * 1024 * 1024)]
    public long MaxFileBytes { get; set; } = 200L * 1024 * 1024;

    /// <summary>Bytes that the files of one key may take together, those that the gateway wrote included.</summary>
    /// <value>10 GiB</value>
    [Range(1, long.MaxValue)]
    public long MaxTotalBytesPerKey { get; set; } = 10L * 1024 * 1024 * 1024;

    /// <summary>How long a file is kept whose upload does not say it.</summary>
    /// <value>Without a value it is kept until it is deleted.</value>
    [Range(typeof(TimeSpan), "00:01:00", "3650.00:00:00")]
    public TimeSpan? DefaultExpiry { get; set; }

    /// <summary>How long an upload may send nothing before it is given up.</summary>
    /// <value>30 seconds</value>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan UploadIdleTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Bytes that all files take together at most where there is no database and they are kept in memory.</summary>
    /// <value>256 MiB</value>
    [Range(1, 64L * 1024 * 1024 * 1024)]
    public long MaxMemoryBytes { get; set; } = 256L * 1024 * 1024;
}
