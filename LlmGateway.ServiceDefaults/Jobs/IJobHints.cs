using LlmGateway.Contracts.Jobs;

namespace LlmGateway.ServiceDefaults.Jobs;

/// <summary>Tells workers that there is work.</summary>
public interface IJobHints
{
    /// <summary>
    /// Sends the hint off the caller's hands: returns at once and never throws. A hint that does not arrive is made up for by the
    /// workers' sweeper.
    /// </summary>
    void Send(JobReady hint);

    /// <summary>Hints that wait in the queue for a worker; null when nobody can tell.</summary>
    ValueTask<long?> CountAsync(string queue, CancellationToken cancellationToken);
}
