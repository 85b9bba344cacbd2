using LlmGateway.Data.Jobs;
using LlmGateway.ServiceDefaults.Hosting;
using Microsoft.Extensions.Options;

namespace LlmGateway.Worker.Jobs;

/// <summary>Claims jobs for this process.</summary>
internal sealed class JobClaims(IJobLeases leases, LeaseKeeper keeper, IOptions<JobProcessingOptions> options, IOptions<WorkerOptions> worker)
{
    /// <summary>This process, not to be taken for an earlier one of the same name.</summary>
    private readonly string _worker = $"{worker.Value.Id}/{Guid.NewGuid():N}";

    /// <summary>Claims the most urgent job that is due. Its lease is looked after from then on.</summary>
    /// <returns>Null when none is due, or when nobody can tell.</returns>
    public async Task<RunningJob?> ClaimAsync(JobKind kind, CancellationToken cancellationToken)
    {
        try
        {
            if (await leases.ClaimAsync(kind, _worker, options.Value.Lease, cancellationToken) is not { } row)
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
    }
}
