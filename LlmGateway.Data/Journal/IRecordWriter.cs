namespace LlmGateway.Data.Journal;

/// <summary>Takes rows for the database off the hands of whoever serves a request.</summary>
public interface IRecordWriter<in T>
{
    /// <summary>
    /// Accepts the row and returns at once; never throws. It reaches the database within a fraction of a second, or, when
    /// the database is away, lies in a journal on disk until it is back. Accepting a row with the same key again changes nothing.
    /// </summary>
    void Write(T row);
}
