using System.Text.Json.Serialization.Metadata;

namespace LlmGateway.Data.Journal;

/// <summary>A table that rows are only added to.</summary>
internal interface IBatchTable<T>
{
    /// <summary>Names the journal's files, the metrics and the log lines.</summary>
    string Name { get; }

    /// <summary>How a row is written to the journal.</summary>
    JsonTypeInfo<T> Json { get; }

    /// <summary>
    /// Adds the rows in one transaction. Rows that are there already, or twice in the batch, are left as they are: a batch
    /// whose outcome is unknown may be written again.
    /// </summary>
    Task WriteAsync(IReadOnlyList<T> rows, CancellationToken cancellationToken);
}
