using LlmGateway.Data.Journal;
using LlmGateway.Data.Usage;

namespace LlmGateway.Data.Tests.Support;

/// <summary>Takes the usage rows that the database refused.</summary>
internal sealed class RefusedRows : IRecordWriter<UsageRecord>
{
    public List<UsageRecord> Rows { get; } = [];

    public void Write(UsageRecord row) => Rows.Add(row);
}
