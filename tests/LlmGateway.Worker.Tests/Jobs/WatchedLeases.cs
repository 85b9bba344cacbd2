using System.Collections.Concurrent;
using LlmGateway.Data.Jobs;

namespace LlmGateway.Worker.Tests.Jobs;

/// <summary>Leases in memory that a test can take away, and that remember what was written.</summary>
internal sealed class WatchedLeases(IJobLeases inner) : IJobLeases
{
    private int _answersToLose;
    private int _renewals;
    private int _settlements;

    /// <summary>The store does not answer.</summary>
    public volatile bool Away;

    /// <summary>The store never says which jobs were cancelled.</summary>
    public volatile bool Frozen;

    /// <summary>What the store fails with beyond being away.</summary>
    public volatile Exception? Defect;

    /// <summary>Claims wait for this.</summary>
    public volatile Task ClaimGate = Task.CompletedTask;

    /// <summary>Ends that were written.</summary>
    public ConcurrentQueue<JobEnd> Ends { get; } = new();

    public int Renewals => Volatile.Read(ref _renewals);

    /// <summary>Attempts to write what became of a job.</summary>
    public int Settlements => Volatile.Read(ref _settlements);

    /// <summary>The next ends are written, and nobody hears of it.</summary>
    public void LoseAnswers(int count) => Volatile.Write(ref _answersToLose, count);

    public async Task<Job?> ClaimAsync(JobKind kind, string worker, TimeSpan lease, CancellationToken cancellationToken)
    {
        Check();
        await ClaimGate.WaitAsync(cancellationToken);
        return await inner.ClaimAsync(kind, worker, lease, cancellationToken);
    }

    public Task<IReadOnlyList<string>> RenewAsync(
        string worker, TimeSpan lease, IReadOnlyCollection<LeaseRenewal> renewals, CancellationToken cancellationToken)
    {
        Check();
        Interlocked.Increment(ref _renewals);
        return inner.RenewAsync(worker, lease, renewals, cancellationToken);
    }

    public async Task<IReadOnlyList<string>> CancelRequestedAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
    {
        Check();
        if (Frozen)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }

        return await inner.CancelRequestedAsync(ids, cancellationToken);
    }

    public async Task<bool> EndAsync(JobLease lease, JobEnd end, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _settlements);
        Check();
        var written = await inner.EndAsync(lease, end, cancellationToken);
        if (written)
        {
            Ends.Enqueue(end);
        }

        return Interlocked.Decrement(ref _answersToLose) >= 0 ? throw new StoreUnavailableException("The answer was lost.") : written;
    }

    public async Task<RetryResult> RetryAsync(JobLease lease, TimeSpan delay, JobEnd end, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _settlements);
        Check();
        var result = await inner.RetryAsync(lease, delay, end, cancellationToken);
        if (result == RetryResult.DeadLettered)
        {
            Ends.Enqueue(end);
        }

        return result;
    }

    public Task<bool> HandBackAsync(JobLease lease, TimeSpan delay, string? reason, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _settlements);
        Check();
        return inner.HandBackAsync(lease, delay, reason, cancellationToken);
    }

    public Task<IReadOnlyList<Job>> TakeBackAsync(Func<int, TimeSpan> delay, int limit, CancellationToken cancellationToken)
    {
        Check();
        return inner.TakeBackAsync(delay, limit, cancellationToken);
    }

    public Task<int> ExpireAsync(int limit, CancellationToken cancellationToken)
    {
        Check();
        return inner.ExpireAsync(limit, cancellationToken);
    }

    public Task<int> CountDueAsync(JobKind kind, int limit, CancellationToken cancellationToken)
    {
        Check();
        return inner.CountDueAsync(kind, limit, cancellationToken);
    }

    public Task<int> DeleteEndedAsync(TimeSpan retention, TimeSpan deadLetterRetention, int? keep, int limit, CancellationToken cancellationToken)
    {
        Check();
        return inner.DeleteEndedAsync(retention, deadLetterRetention, keep, limit, cancellationToken);
    }

    private void Check()
    {
        if (Defect is { } defect)
        {
            throw defect;
        }

        if (Away)
        {
            throw new StoreUnavailableException("The store is away.");
        }
    }
}
