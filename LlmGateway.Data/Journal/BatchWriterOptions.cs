using System.ComponentModel.DataAnnotations;

namespace LlmGateway.Data.Journal;

/// <summary>Section <c>Database:Writer</c>: how usage and audit rows reach the database, off the request path.</summary>
public sealed class BatchWriterOptions
{
    public const string Section = "Database:Writer";

    /// <summary>Rows that may wait in memory. When they are all taken, the next row goes straight to the journal.</summary>
    /// <value>16,384</value>
    [Range(16, 1_000_000)]
    public int Capacity { get; set; } = 16_384;

    /// <summary>Rows of one batch.</summary>
    /// <value>1,000</value>
    [Range(1, 10_000)]
    public int BatchSize { get; set; } = 1_000;

    /// <summary>How long rows are gathered before a batch that is not full is written.</summary>
    /// <value>250 milliseconds</value>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan FlushInterval { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>After this time without the server's answer a batch goes to the journal.</summary>
    /// <value>3 seconds</value>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan WriteTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>How often the journal is tried again while the database is away.</summary>
    /// <value>1 second</value>
    [Range(typeof(TimeSpan), "00:00:00.01", "00:10:00")]
    public TimeSpan RetryInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Where journals lie. Several processes may share it. It should survive a restart of the process.</summary>
    /// <value><c>llm-gateway-journal</c> under the user's local application data, or the working directory where there is none</value>
    public string? JournalDirectory { get; set; }

    /// <summary>Bytes that the journal of one kind of row may take. Rows beyond that are counted and lost.</summary>
    /// <value>1 GiB</value>
    [Range(1 << 16, long.MaxValue)]
    public long MaxJournalBytes { get; set; } = 1L << 30;

    internal string JournalPath => string.IsNullOrWhiteSpace(JournalDirectory) ? DefaultDirectory() : JournalDirectory;

    private static string DefaultDirectory() =>
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "llm-gateway-journal");
}
