using System.Diagnostics.Metrics;

namespace LlmGateway.Data.Journal;

/// <summary>What became of the rows that were handed to a writer.</summary>
internal static class WriterMetrics
{
    public const string MeterName = "LlmGateway.Data";
    public const string Written = "written";
    public const string Journaled = "journaled";
    public const string Replayed = "replayed";
    public const string Rejected = "rejected";
    public const string Lost = "lost";

    private static readonly Meter Meter = new(MeterName);

    private static readonly Counter<long> Rows = Meter.CreateCounter<long>(
        "llm_gateway.data.rows", "{row}", "Rows for append-only tables, by what became of them");

    public static void Count(string table, string outcome, int rows)
    {
        if (rows > 0)
        {
            Rows.Add(rows, new("table", table), new("outcome", outcome));
        }
    }
}
