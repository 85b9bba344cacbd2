using LlmGateway.Contracts.Failures;
using LlmGateway.Data.Jobs;
using LlmGateway.ServiceDefaults.Hosting;
using Microsoft.Extensions.Options;

namespace LlmGateway.Worker.Jobs;

/// <summary>Claims jobs for this process.</summary>
internal sealed partial class JobClaims(
    IJobLeases leases, LeaseKeeper keeper, IOptions<JobProcessingOptions> options, IOptions<WorkerOptions> worker, ILogger<JobClaims> logger)
{
    /// <summary>This process, not to be taken for an earlier one of the same name.</summary>
    private readonly string _worker = $"{worker.Value.Id}/{Guid.NewGuid():N}";

    /// <summary>
    /// Claims the most urgent job that is due. Its lease is looked after from then on. Nothing interrupts it but the store's own bound: a claim
    /// that is given up half-way may leave a job in nobody's hands.
    /// </summary>
    /// <returns>Null when none is due, or when nobody can tell.</returns>
    public async Task<RunningJob?> ClaimAsync(JobKind kind)
    {
        try
        {
            if (await leases.ClaimAsync(kind, _worker, options.Value.Lease, CancellationToken.None) is not { } row)
            {
                return null;
            }

            var job = new RunningJob(row, new JobLease(row.Id, _worker, row.Attempt));
            keeper.Add(job);
            return job;
        }
        catch (StoreUnavailableException)
        {
            // The sweeper says so, and hints again as soon as there is an answer.
            return null;
        }
        catch (Exception e)
        {
            // Such as a table that is not there yet: no reason to take the whole worker down.
            Defects.Note(logger, e);
            LogRefused(e, kind);
            return null;
        }
    }

    [LoggerMessage(LogLevel.Warning, "No {Kind} job can be claimed")]
    private partial void LogRefused(Exception exception, JobKind kind);
}
