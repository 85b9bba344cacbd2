using LlmGateway.Contracts.Failures;
using LlmGateway.Contracts.Jobs;

namespace LlmGateway.ServiceDefaults.Jobs;

/// <summary>
/// What a running job says, event by event, for whoever follows it live. The worker that runs the job writes; any replica reads. It holds
/// jobs that run or ended a moment ago; the events of an ended job are in its row. A log that does not answer throws
/// <see cref="JobLogUnavailableException"/> within the bound of its calls.
/// </summary>
public interface IJobEventLog
{
    /// <summary>
    /// Adds events <paramref name="first"/>, <c>first + 1</c>, … of an attempt, and wakes who watches the job. Event 0 begins the attempt
    /// and takes the place of whatever earlier attempts wrote. May be called again with the same events.
    /// </summary>
    /// <returns>
    /// The sequence that is next now: behind the events given when all is well; smaller when the log has lost what it held, and the caller
    /// is to send again from there. -1 when a later attempt writes: nothing was added, and nothing will be.
    /// </returns>
    ValueTask<int> AppendAsync(string jobId, int attempt, int first, IReadOnlyList<ReadOnlyMemory<byte>> events, CancellationToken cancellationToken);

    /// <summary>
    /// Events behind <paramref name="after"/> of the attempt that writes now, oldest first. When the caller's attempt is not that one, they
    /// begin with event 0.
    /// </summary>
    ValueTask<IReadOnlyList<JobEvent>> ReadAsync(string jobId, JobEventId after, int limit, CancellationToken cancellationToken);

    /// <summary>Wakes who watches the job: its row has changed.</summary>
    ValueTask NotifyAsync(string jobId, CancellationToken cancellationToken);

    /// <summary>
    /// Has <paramref name="changed"/> called when there may be something new, until the result is disposed. It must not block. Calls can be
    /// missed while connections are away, so who watches looks by itself from time to time.
    /// </summary>
    IDisposable Watch(string jobId, Action changed);

    /// <summary>Lets the log forget a job that has ended, after <paramref name="delay"/>.</summary>
    ValueTask ForgetAsync(string jobId, TimeSpan delay, CancellationToken cancellationToken);
}

/// <param name="Id">Its place in the log.</param>
/// <param name="Document">A JSON document: of event 0 <c>{"attempt":…}</c>, of the others a chunk of the answer.</param>
public readonly record struct JobEvent(JobEventId Id, ReadOnlyMemory<byte> Document);

/// <summary>The log gave no answer.</summary>
public sealed class JobLogUnavailableException(string message, Exception? inner = null) : Exception(message, inner), IOutage;
