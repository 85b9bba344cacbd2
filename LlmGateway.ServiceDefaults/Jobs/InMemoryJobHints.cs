using System.Collections.Frozen;
using System.Threading.Channels;
using LlmGateway.Contracts.Jobs;

namespace LlmGateway.ServiceDefaults.Jobs;

/// <summary>Hints within this process: the queue of a gateway without a broker, and what a worker goes on with while the broker is away.</summary>
public sealed class InMemoryJobHints : IJobHints
{
    /// <summary>More than a process can use up between two looks of the sweeper; further ones are dropped.</summary>
    private const int Capacity = 10_000;

    private readonly FrozenDictionary<string, Channel<JobReady>> _queues = JobQueues.All.ToFrozenDictionary(
        queue => queue,
        _ => Channel.CreateBounded<JobReady>(new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropWrite }));

    public void Send(JobReady hint) => _queues[hint.Queue].Writer.TryWrite(hint);

    public ValueTask<long?> CountAsync(string queue, CancellationToken cancellationToken) => ValueTask.FromResult<long?>(_queues[queue].Reader.Count);

    /// <summary>The next hint of the queue.</summary>
    public ValueTask<JobReady> TakeAsync(string queue, CancellationToken cancellationToken) => _queues[queue].Reader.ReadAsync(cancellationToken);
}
