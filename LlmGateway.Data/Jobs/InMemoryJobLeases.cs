namespace LlmGateway.Data.Jobs;

/// <summary>Leases of a gateway without a database. Usage rows have no place there; the job itself tells what it used.</summary>
internal sealed class InMemoryJobLeases(InMemoryJobs jobs) : IJobLeases
{
    public Task<Job?> ClaimAsync(JobKind kind, string worker, TimeSpan lease, CancellationToken cancellationToken)
    {
        lock (jobs.Gate)
        {
            var now = jobs.Now;
            if (IsPaused(kind) || First(kind, now) is not { } job)
            {
                return Task.FromResult<Job?>(null);
            }

            job.Status = JobStatus.Running;
            job.Attempt++;
            job.LeaseOwner = worker;
            job.LeaseUntil = now + lease;
            job.Progress = 0;
            job.ItemsAtClaim = job.ItemsCompleted + job.ItemsFailed;
            job.StartedAt ??= now;
            var copy = job.Copy();
            (copy.Result, copy.Events, copy.ClaimedAt) = (null, null, now);
            return Task.FromResult<Job?>(copy);
        }
    }

    public Task<IReadOnlyList<string>> RenewAsync(
        string worker, TimeSpan lease, IReadOnlyCollection<LeaseRenewal> renewals, CancellationToken cancellationToken)
    {
        var mine = new List<string>();
        lock (jobs.Gate)
        {
            foreach (var renewal in renewals)
            {
                if (Held(new JobLease(renewal.JobId, worker, renewal.Attempt)) is { } job)
                {
                    job.LeaseUntil = jobs.Now + lease;
                    job.Progress = renewal.Progress;
                    mine.Add(job.Id);
                }
            }
        }

        return Task.FromResult<IReadOnlyList<string>>(mine);
    }

    public Task<IReadOnlyList<string>> CancelRequestedAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
    {
        lock (jobs.Gate)
        {
            return Task.FromResult<IReadOnlyList<string>>(
                [.. ids.Where(id => jobs.Jobs.GetValueOrDefault(id) is { Status: JobStatus.Running, CancelRequestedAt: not null })]);
        }
    }

    public Task<bool> EndAsync(JobLease lease, JobEnd end, CancellationToken cancellationToken)
    {
        lock (jobs.Gate)
        {
            if (Held(lease) is not { } job)
            {
                return Task.FromResult(false);
            }

            End(job, end);
            return Task.FromResult(true);
        }
    }

    public Task<RetryResult> RetryAsync(JobLease lease, TimeSpan delay, JobEnd end, CancellationToken cancellationToken)
    {
        lock (jobs.Gate)
        {
            if (Held(lease) is not { } job)
            {
                return Task.FromResult(RetryResult.Lost);
            }

            var change = PutBack.AfterFailure(job, delay, end.Error);
            if (change.Status != JobStatus.Queued)
            {
                End(job, end with { Status = change.Status, Error = change.Error });
            }

            Apply(job, change);
            return Task.FromResult(change.Status switch
            {
                JobStatus.Failed => RetryResult.DeadLettered,
                JobStatus.Cancelled => RetryResult.Cancelled,
                _ => RetryResult.Waiting,
            });
        }
    }

    public Task<bool> HandBackAsync(JobLease lease, TimeSpan delay, string? reason, CancellationToken cancellationToken)
    {
        lock (jobs.Gate)
        {
            if (Held(lease) is not { } job)
            {
                return Task.FromResult(false);
            }

            Apply(job, PutBack.HandedBack(job, delay, reason));
            return Task.FromResult(true);
        }
    }

    public Task<IReadOnlyList<Job>> TakeBackAsync(Func<int, TimeSpan> delay, int limit, CancellationToken cancellationToken)
    {
        lock (jobs.Gate)
        {
            var now = jobs.Now;
            var lost = jobs.Jobs.Values.Where(job => job.Status == JobStatus.Running && job.LeaseUntil < now).OrderBy(job => job.LeaseUntil).Take(limit).ToList();
            var taken = new List<Job>(lost.Count);
            foreach (var job in lost)
            {
                Apply(job, PutBack.AfterLoss(job, job.ItemsAtClaim, delay));
                var copy = job.Copy();
                (copy.Request, copy.Result, copy.Events) = ([], null, null);
                taken.Add(copy);
            }

            return Task.FromResult<IReadOnlyList<Job>>(taken);
        }
    }

    public Task<int> ExpireAsync(int limit, CancellationToken cancellationToken)
    {
        lock (jobs.Gate)
        {
            var now = jobs.Now;
            var due = jobs.Jobs.Values
                .Where(job => job.ExpiresAt < now && job.Kind != JobKind.Batch
                    && (job.Status == JobStatus.Queued || (job.Status == JobStatus.Running && job.LeaseUntil < now)))
                .OrderBy(job => job.ExpiresAt).Take(limit).ToList();
            foreach (var job in due)
            {
                Apply(job, new PutBack(JobStatus.Expired, job.Failures, TimeSpan.Zero, LeaseErrors.Expired));
            }

            return Task.FromResult(due.Count);
        }
    }

    public Task<int> CountDueAsync(JobKind kind, int limit, CancellationToken cancellationToken)
    {
        lock (jobs.Gate)
        {
            var now = jobs.Now;
            return Task.FromResult(IsPaused(kind) ? 0 : jobs.Jobs.Values.Where(job => IsDue(job, kind, now)).Take(limit).Count());
        }
    }

    public Task<int> DeleteEndedAsync(TimeSpan retention, TimeSpan deadLetterRetention, int? keep, int limit, CancellationToken cancellationToken)
    {
        lock (jobs.Gate)
        {
            var now = jobs.Now;
            var old = jobs.Jobs.Values.Where(job => job.DeadLetteredAt is { } dead ? dead < now - deadLetterRetention : job.CompletedAt < now - retention);
            var tooMany = keep is { } count
                ? jobs.Jobs.Values.Where(job => job.Status == JobStatus.Completed).GroupBy(job => job.Kind)
                    .SelectMany(kind => kind.OrderByDescending(job => job.CompletedAt).ThenByDescending(job => job.Id, StringComparer.Ordinal).Skip(count))
                : [];
            var gone = old.Concat(tooMany).Where(job => job.HasEnded && job.WebhookRunAfter is null).Distinct().OrderBy(job => job.CompletedAt).Take(limit).ToList();
            foreach (var job in gone)
            {
                jobs.Jobs.Remove(job.Id);
                jobs.Items.Remove(job.Id);
            }

            return Task.FromResult(gone.Count);
        }
    }

    private static bool IsDue(Job job, JobKind kind, DateTimeOffset now) =>
        job.Status == JobStatus.Queued && job.Kind == kind && job.RunAfter <= now && (kind == JobKind.Batch || job.ExpiresAt is not { } end || end > now);

    private bool IsPaused(JobKind kind) => jobs.Queues.GetValueOrDefault(Job.QueueOf(kind)) is { PausedAt: not null };

    /// <summary>The job, as long as the lease holds. That its time has run out means nothing while nobody has taken the job.</summary>
    private Job? Held(JobLease lease) =>
        jobs.Jobs.TryGetValue(lease.JobId, out var job) && job.Status == JobStatus.Running && job.LeaseOwner == lease.Worker && job.Attempt == lease.Attempt
            ? job
            : null;

    private Job? First(JobKind kind, DateTimeOffset now)
    {
        Job? first = null;
        foreach (var job in jobs.Jobs.Values)
        {
            if (IsDue(job, kind, now)
                && (first is null || job.QueueAt < first.QueueAt || (job.QueueAt == first.QueueAt && string.CompareOrdinal(job.Id, first.Id) < 0)))
            {
                first = job;
            }
        }

        return first;
    }

    private void End(Job job, JobEnd end)
    {
        Apply(job, new PutBack(end.Status, job.Failures, TimeSpan.Zero, end.Error));
        job.Result = end.Result;
        job.Events = end.Events;
        job.Usage = end.UsageJson;
        job.OutputFileId = end.OutputFileId ?? job.OutputFileId;
        job.ErrorFileId = end.ErrorFileId ?? job.ErrorFileId;
        job.Progress = end.Status == JobStatus.Completed ? 1 : job.Progress;
        job.DeadLetteredAt = null;
    }

    private void Apply(Job job, PutBack change)
    {
        var now = jobs.Now;
        var ended = change.Status != JobStatus.Queued;
        job.Status = change.Status;
        job.Failures = change.Failures;
        job.Error = change.Error;
        job.LeaseOwner = null;
        job.LeaseUntil = null;
        job.RunAfter = ended ? job.RunAfter : now + change.Delay;
        job.CompletedAt = ended ? now : null;
        job.DeadLetteredAt = change.Status == JobStatus.Failed ? now : null;
        job.WebhookRunAfter = ended && job.WebhookUrl is not null ? now : null;
    }
}
