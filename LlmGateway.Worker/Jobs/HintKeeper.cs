using LlmGateway.Contracts.Jobs;
using LlmGateway.Data.Jobs;
using LlmGateway.ServiceDefaults.Jobs;

namespace LlmGateway.Worker.Jobs;

/// <summary>Sees that there are as many hints as jobs to claim, so that none waits for one that was lost.</summary>
internal sealed class HintKeeper(IJobLeases leases, IJobHints hints, InMemoryJobHints local)
{
    /// <summary>Hints given at most in one look at one queue.</summary>
    private const int Most = 1000;

    /// <summary>Tops the queue's hints up. While the broker does not say how many it holds they are this process's own.</summary>
    public async Task TopUpAsync(string queue, CancellationToken cancellationToken)
    {
        var due = await leases.CountDueAsync(Job.KindOf(queue)!.Value, Most, cancellationToken);
        if (due == 0)
        {
            return;
        }

        var shared = await hints.CountAsync(queue, cancellationToken);
        IJobHints target = shared is null ? local : hints;
        var waiting = shared ?? await local.CountAsync(queue, cancellationToken) ?? 0;
        for (var hint = waiting; hint < due; hint++)
        {
            target.Send(new JobReady { Queue = queue });
        }
    }
}
