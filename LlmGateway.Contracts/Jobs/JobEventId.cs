using System.Globalization;

namespace LlmGateway.Contracts.Jobs;

/// <summary>
/// The place of an event in a job's event log, written <c>attempt-sequence</c>. Within an attempt sequences have no gaps and begin at 0,
/// which is the attempt's start; events of a later attempt replace all earlier ones.
/// </summary>
/// <param name="Attempt">From 1.</param>
/// <param name="Sequence">From 0.</param>
public readonly record struct JobEventId(int Attempt, int Sequence) : IComparable<JobEventId>
{
    /// <summary>Before every event.</summary>
    public static JobEventId None { get; } = new(0, -1);

    public static bool TryParse(ReadOnlySpan<char> text, out JobEventId id)
    {
        id = None;
        var dash = text.IndexOf('-');
        if (dash <= 0
            || !int.TryParse(text[..dash], NumberStyles.None, CultureInfo.InvariantCulture, out var attempt)
            || !int.TryParse(text[(dash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var sequence))
        {
            return false;
        }

        id = new JobEventId(attempt, sequence);
        return true;
    }

    public int CompareTo(JobEventId other) => Attempt != other.Attempt ? Attempt.CompareTo(other.Attempt) : Sequence.CompareTo(other.Sequence);

    public static bool operator <(JobEventId left, JobEventId right) => left.CompareTo(right) < 0;

    public static bool operator >(JobEventId left, JobEventId right) => left.CompareTo(right) > 0;

    public static bool operator <=(JobEventId left, JobEventId right) => left.CompareTo(right) <= 0;

    public static bool operator >=(JobEventId left, JobEventId right) => left.CompareTo(right) >= 0;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Attempt}-{Sequence}");
}
