using System.Collections.Concurrent;
using LlmGateway.Contracts.Failures;
using LlmGateway.Data.Jobs;
using Microsoft.Extensions.Options;

namespace LlmGateway.Worker.Jobs;

/// <summary>
/// Looks after the jobs that run in this process: renews their leases, and stops those that were cancelled, whose lease is lost, or that
/// have run too long. One statement for all of them each time.
/// </summary>
internal sealed partial class LeaseKeeper(IJobLeases leases, IOptions<JobProcessingOptions> options, TimeProvider time, ILogger<LeaseKeeper> logger) : BackgroundService
{
    /// <summary>Renewed at this part of the lease, so that two renewals may fail.</summary>
    internal const int RenewalsPerLease = 3;

    /// <summary>After so many leases without a word from the store a job is given up: somebody who reaches it has taken the job by then.</summary>
    private const int LeasesUntilGivenUp = 2;

    private readonly JobProcessingOptions _options = options.Value;
    private readonly ConcurrentDictionary<string, Kept> _jobs = new(StringComparer.Ordinal);
    private bool _away;

    /// <summary>The jobs that run now.</summary>
    public IEnumerable<RunningJob> Running => _jobs.Values.Select(kept => kept.Job);

    public int Count => _jobs.Count;

    /// <summary>Looks after the job from now on. Its lease has just been taken.</summary>
    public void Add(RunningJob job)
    {
        var added = new Kept(job, time.GetTimestamp());
        _jobs.AddOrUpdate(job.Row.Id, added, (_, earlier) =>
        {
            // An attempt that this process has lost and does not know about yet.
            earlier.Job.RequestStop(StopReason.LeaseLost);
            return added;
        });
    }

    public void Remove(RunningJob job)
    {
        // Another attempt of the same job may have begun in this process.
        if (_jobs.TryGetValue(job.Row.Id, out var kept) && kept.Job == job)
        {
            _jobs.TryRemove(KeyValuePair.Create(job.Row.Id, kept));
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Apart from each other: a store that is frozen must not keep a job running beyond its time.
        await Task.WhenAll(
            EachBeatAsync(
                () =>
                {
                    StopLate();
                    return Task.CompletedTask;
                },
                stoppingToken),
            EachBeatAsync(() => BeatAsync(stoppingToken), stoppingToken));
    }

    private async Task EachBeatAsync(Func<Task> look, CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_options.HeartbeatInterval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                if (!_jobs.IsEmpty)
                {
                    await look();
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // What still runs has been told to stop, and its lease is long enough for that.
        }
    }

    internal async Task BeatAsync(CancellationToken cancellationToken)
    {
        try
        {
            await StopCancelledAsync(cancellationToken);
            await RenewAsync(cancellationToken);
            if (_away)
            {
                _away = false;
                LogBack();
            }
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            if (!Defects.Note(logger, e) && !_away)
            {
                _away = true;
                LogAway(e.Message);
            }
        }
    }

    internal void StopLate()
    {
        foreach (var kept in _jobs.Values)
        {
            if (kept.Job.Row.Kind != JobKind.Batch && time.GetElapsedTime(kept.Started) > _options.Timeout)
            {
                kept.Job.RequestStop(StopReason.TimedOut);
            }

            if (time.GetElapsedTime(kept.Renewed) > _options.Lease * LeasesUntilGivenUp)
            {
                LogLost(kept.Job.Row.Id, kept.Job.Lease.Attempt);
                kept.Job.RequestStop(StopReason.LeaseLost);
            }
        }
    }

    private async Task StopCancelledAsync(CancellationToken cancellationToken)
    {
        var ids = _jobs.Values.Where(kept => kept.Job.Reason == StopReason.None).Select(kept => kept.Job.Row.Id).ToArray();
        if (ids.Length == 0)
        {
            return;
        }

        foreach (var id in await leases.CancelRequestedAsync(ids, cancellationToken))
        {
            if (_jobs.TryGetValue(id, out var kept))
            {
                kept.Job.RequestStop(StopReason.Cancelled);
            }
        }
    }

    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        var due = _jobs.Values
            .Where(kept => kept.Job.Reason != StopReason.LeaseLost && time.GetElapsedTime(kept.Renewed) >= _options.Lease / RenewalsPerLease)
            .ToArray();
        foreach (var group in due.GroupBy(kept => kept.Job.Lease.Worker))
        {
            var asked = time.GetTimestamp();
            var mine = await leases.RenewAsync(
                group.Key, _options.Lease, [.. group.Select(kept => new LeaseRenewal(kept.Job.Row.Id, kept.Job.Lease.Attempt, kept.Job.Progress))], cancellationToken);
            foreach (var kept in group)
            {
                if (mine.Contains(kept.Job.Row.Id))
                {
                    kept.Renewed = asked;
                }
                else if (_jobs.TryGetValue(kept.Job.Row.Id, out var current) && current == kept)
                {
                    // Still among them: it has not just ended, which ends its lease too.
                    LogLost(kept.Job.Row.Id, kept.Job.Lease.Attempt);
                    kept.Job.RequestStop(StopReason.LeaseLost);
                }
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "Job {JobId}, attempt {Attempt}: the lease is lost; the job is left to whoever has it now")]
    private partial void LogLost(string jobId, int attempt);

    [LoggerMessage(LogLevel.Warning, "Leases cannot be renewed: {Reason} Running jobs go on")]
    private partial void LogAway(string reason);

    [LoggerMessage(LogLevel.Information, "Leases can be renewed again")]
    private partial void LogBack();

    private sealed class Kept(RunningJob job, long started)
    {
        private long _renewed = started;

        public RunningJob Job { get; } = job;

        public long Started { get; } = started;

        public long Renewed
        {
            get => Volatile.Read(ref _renewed);
            set => Volatile.Write(ref _renewed, value);
        }
    }
}
