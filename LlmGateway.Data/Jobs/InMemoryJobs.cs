namespace LlmGateway.Data.Jobs;

/// <summary>
/// The rows of a gateway without a database: what the in-memory stores of jobs, batches, webhooks and files share. Whoever reads or changes
/// anything holds <see cref="Gate"/>, for no longer than that takes, and hands out copies.
/// </summary>
public sealed class InMemoryJobs(TimeProvider time)
{
    public Lock Gate { get; } = new();

    /// <summary>Bytes that requests, results and events of all jobs may take together.</summary>
    public long MaxBytes { get; init; } = new JobOptions().MaxMemoryBytes;

    internal long Bytes => Jobs.Values.Sum(job => job.Request.Length + (long)(job.Result?.Length ?? 0) + (job.Events?.Length ?? 0));

    /// <summary>By id.</summary>
    internal Dictionary<string, Job> Jobs { get; } = new(StringComparer.Ordinal);

    /// <summary>Lines of batches, by the batch's id and in their order.</summary>
    internal Dictionary<string, List<JobItem>> Items { get; } = new(StringComparer.Ordinal);

    /// <summary>What operators have decided about queues, by name.</summary>
    internal Dictionary<string, JobQueue> Queues { get; } = new(StringComparer.Ordinal);

    public DateTimeOffset Now => time.GetUtcNow();

    /// <summary>Runs <paramref name="work"/> with nobody else at the rows, unless the caller has given up already.</summary>
    internal Task<T> RunAsync<T>(Func<T> work, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled<T>(cancellationToken);
        }

        lock (Gate)
        {
            return Task.FromResult(work());
        }
    }
}
