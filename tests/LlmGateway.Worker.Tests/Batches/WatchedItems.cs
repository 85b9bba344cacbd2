using LlmGateway.Data.Jobs;
using LlmGateway.Data.Usage;

namespace LlmGateway.Worker.Tests.Batches;

/// <summary>Looks on while lines are taken out and answered.</summary>
internal sealed class WatchedItems(IBatchItems inner) : IBatchItems
{
    private readonly HashSet<int> _held = [];

    /// <summary>The most lines that were out at once.</summary>
    public int MostHeld { get; private set; }

    /// <summary>Sizes of the groups that were written.</summary>
    public List<int> Groups { get; } = [];

    /// <summary>Called after a group was written, with how many groups that makes.</summary>
    public Action<int>? OnWritten { get; set; }

    /// <summary>So many calls that write answers find the store away.</summary>
    public int Outages { get; set; }

    /// <summary>Called before a group of lines is taken in.</summary>
    public Func<Task>? OnAdding { get; set; }

    public async Task<IReadOnlyList<string>?> AddAsync(JobLease lease, IReadOnlyList<JobItem> items, CancellationToken cancellationToken)
    {
        if (OnAdding is { } adding)
        {
            await adding();
        }

        return await inner.AddAsync(lease, items, cancellationToken);
    }

    public Task<bool> SetPhaseAsync(JobLease lease, BatchPhase phase, int? itemsTotal, CancellationToken cancellationToken) =>
        inner.SetPhaseAsync(lease, phase, itemsTotal, cancellationToken);

    public async Task<IReadOnlyList<JobItem>> OpenAsync(string jobId, int afterLine, int limit, CancellationToken cancellationToken)
    {
        var page = await inner.OpenAsync(jobId, afterLine, limit, cancellationToken);
        lock (_held)
        {
            _held.UnionWith(page.Select(item => item.Line));
            MostHeld = Math.Max(MostHeld, _held.Count);
        }

        return page;
    }

    public async Task<bool> EndAsync(JobLease lease, IReadOnlyList<(JobItem Item, UsageRecord? Usage)> ended, CancellationToken cancellationToken)
    {
        if (Outages-- > 0)
        {
            throw new StoreUnavailableException("away");
        }

        var held = await inner.EndAsync(lease, ended, cancellationToken);
        int count;
        lock (_held)
        {
            _held.ExceptWith(ended.Select(one => one.Item.Line));
            Groups.Add(ended.Count);
            count = Groups.Count;
        }

        OnWritten?.Invoke(count);
        return held;
    }

    public Task<bool> EndOpenAsync(JobLease lease, JobStatus status, string error, CancellationToken cancellationToken) =>
        inner.EndOpenAsync(lease, status, error, cancellationToken);

    public Task<IReadOnlyList<JobItem>> EndedAsync(string jobId, int afterLine, int limit, CancellationToken cancellationToken) =>
        inner.EndedAsync(jobId, afterLine, limit, cancellationToken);
}
